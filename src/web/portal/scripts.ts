import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { sentencesOf, type Language } from '../../base/text.ts'
import { RefusedError } from '../../errors.ts'
import { renderingPolicy } from '../security-headers.ts'
import { assetSender, hashedPath, type Asset } from './assets.ts'
import { rendererParts, rendererScripts } from './renderer-bundle.ts'

/** Scripts that pages and their workers load, each bundled whole from one file of src/browser/pages/. */
const scripts = {
  'portal.js': 'portal.ts',
  'check.js': 'check.ts',
  'check-worker.js': 'check-worker.ts',
  'affix.js': 'affix.ts',
  'held-signatures.js': 'held-signatures.ts',
  'leave.js': 'leave.ts',
  'offline.js': 'offline.ts',
  'rebuild.js': 'rebuild.ts',
  'home.js': 'home.ts',
  'bulk.js': 'bulk.ts',
  'bulk-core.js': 'bulk-core.ts',
  'bulk-worker.js': 'bulk-worker.ts',
  'photo.js': 'photo.ts',
  'passkey.js': 'passkey.ts',
  'pay.js': 'pay.ts',
} as const
export type ScriptName = keyof typeof scripts | keyof typeof rendererScripts

/**
 * Parts of one page or worker that come when they are needed, bundled together: what several need lies in files of its own, which the
 * first brings along.
 */
const staged = {
  affix: ['affix-core', 'affix-finish', 'affix-photos'],
  'affix-worker': ['affix-worker', 'affix-text', 'affix-stamper'],
} as const
const stages = ['affix', 'affix-worker'] as const satisfies readonly (keyof typeof staged)[]
export type PartName = (typeof staged)[(typeof stages)[number]][number]

/** What scripts say by themselves, by the page that loads them; each prefix of keys in text/. */
const spoken = {
  check: ['standings.', 'verdicts.', 'checkReasons.', 'errors.', 'checkFile.'],
  affix: [
    'errors.',
    'cli.warning.',
    'affix.',
    'releaseReasons.',
    'parts.',
    'routes.',
    'cek.specimenBand',
    'demo.pin',
    'shell.quota',
    'tag.',
  ],
  rebuild: [
    'errors.',
    'rebuild.',
    'affix.looking',
    'affix.download',
    'affix.password',
    'affix.open',
    'releaseReasons.',
  ],
  bulk: ['errors.', 'massal.', 'bulkCells.', 'releaseReasons.', 'pinProblems.'],
} as const
export type Spoken = keyof typeof spoken
const spokenNames = ['check', 'affix', 'rebuild', 'bulk'] as const satisfies readonly Spoken[]

/** Where each script and each list of sentences lies. */
export type ScriptPaths = {
  script(name: ScriptName): string
  /** A part's module, and behind it what that imports, with spaces between. */
  part(name: PartName): string
  words(of: Spoken, language: Language): string
}

const scriptType = 'text/javascript; charset=utf-8'
const browserFolder = fileURLToPath(new URL('../../browser', import.meta.url))

/** The oldest browser that is served: Chrome 90, of Android 8. */
const target = 'chrome90'

const inBrowserFolder = (file: string) => join(browserFolder, file)

const bundling = {
  bundle: true,
  minify: true,
  legalComments: 'none',
  format: 'esm',
  target,
  write: false,
  logLevel: 'silent',
} as const

async function bundleScripts(): Promise<Map<string, Asset>> {
  // Only a service that shows a page with a script needs it, and then once.
  const { build } = await import('esbuild')
  const ours = Object.entries(scripts).map(([name, file]) => [name, inBrowserFolder(join('pages', file))] as const)
  const made = await Promise.all(
    [...ours, ...Object.entries(rendererScripts)].map(async ([name, entry]) => {
      const { outputFiles } = await build({
        ...bundling,
        entryPoints: [entry],
        inject: ['older-browsers.ts', ...(name in rendererScripts ? ['older-rendering.ts'] : [])].map(inBrowserFolder),
        plugins: [rendererParts],
        // what reads PDFs knows a way to run in Node, which no browser takes
        external: ['node:*', 'fs', 'module', 'url', 'worker_threads', 'canvas', '@napi-rs/canvas'],
      })
      return [name, outputFiles[0]?.contents ?? new Uint8Array(0)] as const
    }),
  )
  return new Map(
    made.map(([name, bytes]) => {
      const headers = name === 'pdf-worker.js' ? { headers: { 'content-security-policy': renderingPolicy } } : {}
      return [name, { path: hashedPath(name, bytes), type: scriptType, bytes, ...headers }]
    }),
  )
}

/** The parts by name, each with the addresses of its files, and all of these files. */
type Parts = { paths: ReadonlyMap<string, string>; assets: readonly Asset[] }

/** Here the bundler names files by their content, as they name each other. */
async function bundleParts(stage: (typeof stages)[number]): Promise<Parts> {
  const { build } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    ...bundling,
    absWorkingDir: browserFolder,
    entryPoints: staged[stage].map((name) => join('pages', `${name}.ts`)),
    // a page's first script has brought it
    inject: stage === 'affix' ? [] : ['older-browsers.ts'],
    splitting: true,
    metafile: true,
    outdir: 'aset',
    entryNames: '[name].[hash]',
    chunkNames: `part-of-${stage}.[hash]`,
  })
  const pathOf = (output: string) => `/aset/${basename(output)}`
  const paths = Object.entries(metafile.outputs).flatMap(([output, { entryPoint, imports }]) => {
    if (entryPoint === undefined) return []
    const files = [output, ...imports.map(({ path }) => path)]
    return [[basename(entryPoint, '.ts'), files.map(pathOf).join(' ')] as const]
  })
  const assets = outputFiles.map(({ path, contents }) => ({ path: pathOf(path), type: scriptType, bytes: contents }))
  return { paths: new Map(paths), assets }
}

/** What one page's script says: of refusals what pages say, not what programs are told. */
function spokenSentences(of: Spoken, language: Language): Record<string, string> {
  const onPages = sentencesOf(language, ['pageErrors.'])
  const spokenHere = Object.entries(sentencesOf(language, spoken[of]))
  return Object.fromEntries(
    spokenHere.map(([key, sentence]) => [key, onPages[key.replace(/^errors\./, 'pageErrors.')] ?? sentence]),
  )
}

function wordsAsset(of: Spoken, language: Language): Asset {
  const bytes = Buffer.from(JSON.stringify(spokenSentences(of, language)))
  return { path: hashedPath(`kata-${of}-${language}.json`, bytes), type: 'application/json; charset=utf-8', bytes }
}

type Scripts = ScriptPaths & {
  /** The text of a script that lies at an address of its own. */
  source(name: ScriptName): string
  byPath: ReadonlyMap<string, ReturnType<typeof assetSender>>
  assets: readonly Asset[]
}

async function openScripts(): Promise<Scripts> {
  const [bundled, ...bundledParts] = await Promise.all([bundleScripts(), ...stages.map(bundleParts)])
  const parts = new Map(bundledParts.flatMap(({ paths }) => [...paths]))
  const words = new Map(
    spokenNames.flatMap((of) =>
      (['id', 'en'] as const).map((language) => [`${of} ${language}`, wordsAsset(of, language)] as const),
    ),
  )
  const assets = [...bundled.values(), ...bundledParts.flatMap((each) => each.assets), ...words.values()]
  return {
    script: (name) => bundled.get(name)?.path ?? '',
    part: (name) => parts.get(name) ?? '',
    words: (of, language) => words.get(`${of} ${language}`)?.path ?? '',
    source: (name) => Buffer.from(bundled.get(name)?.bytes ?? []).toString('utf8'),
    byPath: new Map(assets.map((asset) => [asset.path, assetSender(asset)])),
    assets,
  }
}

let opening: Promise<Scripts> | undefined

/**
 * Bundles the scripts once for this process, when they are first asked for: half a second, after which they lie in memory. The same
 * files give the same bytes, so several processes have them at the same addresses. Rejects where the bundler does not run.
 */
export function loadScripts(): Promise<Scripts> {
  opening ??= openScripts().catch((error: unknown) => {
    opening = undefined
    throw error
  })
  return opening
}

const noScripts: Scripts = {
  script: () => '',
  part: () => '',
  words: () => '',
  source: () => '',
  byPath: new Map(),
  assets: [],
}

/** The same for pages, which stand without scripts too: where there are none, every address is empty and nothing is loaded. */
export function scriptPaths(): Promise<Scripts> {
  return loadScripts().catch(() => noScripts)
}

/** The scripts and sentences at their addresses. */
export function scriptRoutes(app: FastifyInstance): void {
  app.get<{ Params: { file: string } }>('/aset/:file', { schema: { hide: true } }, async (request, reply) => {
    const { byPath } = await scriptPaths()
    const send = byPath.get(`/aset/${request.params.file}`)
    if (send === undefined)
      throw new RefusedError({ code: 'not_found', values: { id: request.params.file.slice(0, 200) } })
    return send(request, reply)
  })
}
