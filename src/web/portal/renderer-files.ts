import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { RefusedError } from '../../errors.ts'
import { assetSender } from './assets.ts'
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

/** The files of those folders, and no others. What was asked for once stays in memory: all of them are 4 MB. */
export function rendererFileRoutes(app: FastifyInstance): void {
  const senders = new Map<string, ReturnType<typeof assetSender>>()
  for (const [folder, names] of Object.entries(folders)) {
    app.get<{ Params: { file: string } }>(
      `${rendererPath}/${folder}/:file`,
      { schema: { hide: true } },
      async (request, reply) => {
        const { file } = request.params
        const path = `${folder}/${file}`
        const send = senders.get(path) ?? (names.test(file) ? await openFile(path) : undefined)
        if (send === undefined) throw new RefusedError({ code: 'not_found', values: { id: file.slice(0, 200) } })
        senders.set(path, send)
        return send(request, reply)
      },
    )
  }
}

async function openFile(path: string): Promise<ReturnType<typeof assetSender> | undefined> {
  const bytes = await readFile(join(packageFolder, path)).catch(() => undefined)
  return bytes === undefined ? undefined : assetSender({ path: `${rendererPath}/${path}`, type: typeOf(path), bytes })
}
