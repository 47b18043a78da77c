import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openAuthority } from '../src/signing/authority.ts'
import { openStampSigner } from '../src/signing/stamp-signer.ts'
import { keyAlgorithms, type KeyAlgorithm } from '../src/stamp/cms/algorithms.ts'
import { type CmsCourt, judgeContainer } from '../tests/support/cms-judges.ts'
import { append, onePage, specimenSerial, stampPdf } from '../tests/support/stamped-pdf.ts'
import { Random } from './fuzz/random.ts'

const usage = `npm run bench:cms -- [--count N] [--seed S]

Stamps random documents with keys of every kind; openssl and pkijs verify each signature container, openssl ts each timestamp.`

function readOptions(words: string[]): { count: number; seed: number } {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: words, options: { count: text, seed: text } })
  const options = { count: Number(values.count ?? 1000), seed: Number(values.seed ?? 1) }
  if (!Number.isSafeInteger(options.count) || !Number.isSafeInteger(options.seed) || options.count < 1)
    throw new Error(usage)
  return options
}

function documentOf(random: Random): Uint8Array {
  const note = Array.from({ length: random.length(3000) }, () => random.pick(['a', 'Rp ', '5', '\n', '.'])).join('')
  return append(new Uint8Array(0), onePage(`/Note(${note})/Rotate ${random.pick([0, 90, 180, 270])}`))
}

/** Stamps and judges the documents of one key; returns every problem with its serial number. */
async function judgeKey(
  keyAlgorithm: KeyAlgorithm,
  numbers: readonly number[],
  run: { seed: number; scratch: string },
): Promise<string[]> {
  const authority = await openAuthority(join(run.scratch, keyAlgorithm), { keyAlgorithm })
  const signer = await openStampSigner({ authority })
  const file = (holder: string) => join(authority.folder, `${holder}.crt`)
  const court: CmsCourt = {
    scratch: run.scratch,
    root: file('root'),
    issuing: file('issuing'),
    rootDer: authority.holders.root.certificate.der,
  }
  const problems: string[] = []
  for (const number of numbers) {
    const random = new Random(run.seed, number)
    const placement = {
      left: random.below(400),
      bottom: random.below(400),
      width: 54 + random.below(60),
      height: 54 + random.below(60),
    }
    const stamped = await stampPdf(documentOf(random), signer, { serial: specimenSerial(number), placement })
    for (const problem of await judgeContainer(stamped, court))
      problems.push(`${stamped.serial} (${keyAlgorithm}): ${problem}`)
  }
  return problems
}

const { count, seed } = readOptions(process.argv.slice(2))
const scratch = mkdtempSync(join(tmpdir(), 'openmeterai-cms-'))
const all: string[] = []
try {
  for (const [index, keyAlgorithm] of keyAlgorithms.entries()) {
    const numbers = Array.from({ length: count }, (_, number) => number).filter(
      (number) => number % keyAlgorithms.length === index,
    )
    const started = performance.now()
    const problems = await judgeKey(keyAlgorithm, numbers, { seed, scratch })
    all.push(...problems)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${keyAlgorithm.padEnd(10)} ${numbers.length} stamps, ${problems.length} problems, ${seconds} s`)
  }
} finally {
  rmSync(scratch, { recursive: true })
}
for (const problem of all) console.log(problem)
console.log(`${count} stamps judged by openssl cms, openssl ts, openssl asn1parse and pkijs: ${all.length} problems`)
process.exitCode = all.length === 0 ? 0 : 1
