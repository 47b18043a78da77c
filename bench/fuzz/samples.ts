import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Trust } from '../../src/stamp/check/report.ts'
import { forgedUpdates } from '../../tests/support/forged-updates.ts'
import { sampleKinds, samplePdf, signedSample } from '../../tests/support/pdf-samples.ts'
import { append } from '../../tests/support/stamped-pdf.ts'
import { root } from '../../tests/support/tracked-files.ts'

export type Sample = { name: string; bytes: Uint8Array }

const stampedFolder = join(root, 'bench', 'fuzz', 'samples')
const goldenFolder = join(root, 'tests', 'golden', 'format-1')

function filesOf(folder: string, ending: string): Sample[] {
  const names = readdirSync(folder).filter((name) => name.toLowerCase().endsWith(ending))
  return names.toSorted().map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }))
}

/** The roots of the stamped samples: with them `check` gets as far as chains and revocation. */
export function sampleTrust(): Trust {
  return { roots: filesOf(stampedFolder, '.der').map(({ bytes }) => ({ certificate: bytes, standing: 'specimen' })) }
}

/** Files to mutate, all our own: every family the writer knows, stamped ones, and forged ones. */
export function ownSamples(): Sample[] {
  const stamped = filesOf(stampedFolder, '.pdf')
  const forged = stamped
    .filter(({ name }) => name.startsWith('once'))
    .flatMap((sample) =>
      forgedUpdates.map(([name, , make]) => {
        const { objects, ...options } = make(sample)
        return { name: `${sample.name}, ${name}`, bytes: append(sample.bytes, objects, options) }
      }),
    )
  const kinds = sampleKinds.map((kind) => ({
    name: `signed by nobody, ${kind}`,
    bytes: samplePdf({ ...signedSample, kind }),
  }))
  return [...filesOf(goldenFolder, '.pdf'), ...kinds, ...stamped, ...forged]
}

/** The PDF files of a folder up to 1 MB: mutating larger ones tries less in the same time. */
export function folderSamples(folder: string): Sample[] {
  return filesOf(folder, '.pdf').filter(({ bytes }) => bytes.length <= 1024 * 1024)
}
