import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { RefusedError } from '../../errors.ts'
import manifest from 'pdfjs-dist/package.json' with { type: 'json' }

/** What the renderer fetches while it draws, only where a document needs it: fonts that are not in the file, old encodings, decoders. */
const folders = {
  standard_fonts: /^[\w-]+\.(?:pfb|ttf)$/,
  cmaps: /^[\w-]+\.bcmap$/,
  wasm: /^[\w-]+\.(?:wasm|js)$/,
} as const

const packageFolder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))

/** Where the renderer's folders lie; the version stands in it, so that it may be kept for ever. */
export const rendererPath = `/aset/pdf/${manifest.version}`

const typeOf = (file: string) =>
  file.endsWith('.wasm')
    ? 'application/wasm'
    : file.endsWith('.js')
      ? 'text/javascript; charset=utf-8'
      : 'application/octet-stream'

/** The files of those folders, and no others. */
export function rendererFileRoutes(app: FastifyInstance): void {
  for (const [folder, names] of Object.entries(folders)) {
    app.get<{ Params: { file: string } }>(
      `${rendererPath}/${folder}/:file`,
      { schema: { hide: true } },
      async (request, reply) => {
        const { file } = request.params
        const bytes = names.test(file)
          ? await readFile(join(packageFolder, folder, file)).catch(() => undefined)
          : undefined
        if (bytes === undefined) throw new RefusedError({ code: 'not_found', values: { id: file.slice(0, 200) } })
        return reply.type(typeOf(file)).header('cache-control', 'public, max-age=31536000, immutable').send(bytes)
      },
    )
  }
}
