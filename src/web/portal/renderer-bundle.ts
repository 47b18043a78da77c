import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * What reads and draws PDFs for the page that shows them: its makers' build for today's browsers, which the bundler lowers to ours. That
 * for older ones brings polyfills for things we never reach and leaves out others that we do.
 */
const rendererFolder = join(dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json')), 'build')

/** The scripts that are made of it. */
export const rendererScripts = {
  'pdf.js': join(rendererFolder, 'pdf.mjs'),
  'pdf-worker.js': join(rendererFolder, 'pdf.worker.mjs'),
} as const

/** A module, or a folder of them, that is left out, and what stands there for those that name something of it. */
type LeftOut = { readonly [from: string]: string }

/**
 * What a picture of a page never needs; it is more than half. Looking at a document changes and saves nothing, so the editors, the layers
 * above a page and the writing of copies go. XFA forms are refused before (docs/limits.md). Brotli inside a PDF is not in the standard,
 * and the stamp core does not read it either.
 */
const leftOut: { readonly [file: string]: LeftOut } = {
  'pdf.mjs': {
    './src/display/editor/': 'class AnnotationEditor {}',
    './src/display/annotation_layer.js': '',
    './src/display/draw_layer.js': '',
    './src/display/text_layer.js': 'class TextLayer { static cleanup() {} }',
    './src/display/text_layer_images.js': '',
    './src/display/touch_manager.js': '',
    './src/display/xfa_layer.js': '',
    './src/pdf.js': 'export { AnnotationMode, getDocument, GlobalWorkerOptions }',
  },
  'pdf.worker.mjs': {
    './external/brotli/': "const BrotliDecode = () => { throw new Error('Brotli is not read') }",
    './src/core/editor/': 'class PDFEditor {}',
    './src/core/xfa/': 'class XFAFactory { static getRichTextAsHtml() { return null } }',
    './src/core/xfa_fonts.js': 'const getXfaFontName = () => null, getXfaFontDict = () => null',
  },
}

/** Hands the bundler the renderer without what is left out. The bundler drops what only those modules used. */
export const rendererParts: Plugin = {
  name: 'renderer-parts',
  setup(build) {
    build.onLoad({ filter: /[\\/]pdfjs-dist[\\/]build[\\/]pdf(\.worker)?\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return {
        contents: withoutParts(source, leftOut[path.endsWith('worker.mjs') ? 'pdf.worker.mjs' : 'pdf.mjs'] ?? {}),
      }
    })
  },
}

/** Each module begins with a line that names it. Throws where one that is left out is not there: another version of the renderer. */
function withoutParts(source: string, parts: LeftOut): string {
  const missing = new Set(Object.keys(parts))
  const kept = source.split(/^(?=;\/\/ \.\/)/m).map((section) => {
    const module = /^;\/\/ (\S+)/.exec(section)?.[1] ?? ''
    const left = Object.keys(parts).find((from) => (from.endsWith('/') ? module.startsWith(from) : module === from))
    if (left === undefined) return section
    // what stands for a folder stands there once
    return missing.delete(left) ? `;${parts[left]};\n` : ''
  })
  if (missing.size > 0) throw new Error(`the renderer has no ${[...missing].join(', ')}`)
  return kept.join('')
}
