import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openAuthority } from '../src/signing/authority.ts'
import { measureAdded } from './stamp/added-bytes.ts'
import { keyAlgorithms, type Materials, type Measured } from './stamp/contender.ts'
import { benchDocument } from './stamp/document.ts'
import { openMaterials } from './stamp/materials.ts'

// Our stamp core against others, each in a process of its own on one core: B-B, a visible stamp, one file after the other.
// Faster or slower is told from our row with the picture handed in, since the peers get theirs so too.

const peersFolder = fileURLToPath(new URL('peers', import.meta.url))
const processPath = fileURLToPath(new URL('stamp/contender-process.ts', import.meta.url))
const contenders = [
  { name: 'own', title: 'OpenMeterai' },
  { name: 'own-tail', title: 'OpenMeterai, tail only' },
  { name: 'own-ready', title: 'OpenMeterai, picture handed in' },
  { name: 'libpdf', title: '@libpdf/core' },
  { name: 'pdf-lib', title: '@cantoo/pdf-lib + @signpdf' },
  { name: 'mupdf', title: 'mupdf (WebAssembly)' },
  { name: 'pdfbox', title: 'PDFBox 2.0 + Bouncy Castle' },
] as const
type Name = (typeof contenders)[number]['name']

const sizes = [
  { bytes: 100_000, title: '100 KB' },
  { bytes: 10_000_000, title: '10 MB' },
] as const
const memoryBytes = 100_000_000

const measured = z.object({
  medianMilliseconds: z.number(),
  filesPerSecond: z.number(),
  filesPerProcessorSecond: z.number(),
  files: z.number(),
  signMilliseconds: z.number(),
})
const peak = z.object({ idleBytes: z.number(), peakBytes: z.number() })

/** Debian's jars, newest names first. */
const jarFolder = '/usr/share/java'
const jars = ['pdfbox2.jar', 'fontbox2.jar', 'bcpkix.jar', 'bcprov.jar', 'bcutil.jar', 'commons-logging.jar']
const classPath = [join(peersFolder, 'dist'), ...jars.map((jar) => join(jarFolder, jar))].join(':')

function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules'))) return
  console.error('Installing the peers under bench/peers, once.')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peersFolder, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Why PDFBox cannot be measured here; undefined when it is ready. */
function preparePdfBox(): string | undefined {
  const missing = jars.filter((jar) => !existsSync(join(jarFolder, jar)))
  if (missing.length > 0)
    return `no ${missing.join(', ')}: apt-get install libpdfbox2-java libbcpkix-java libcommons-logging-java default-jdk-headless`
  const made = statSync(join(peersFolder, 'dist', 'PdfBoxPeer.class'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (made > statSync(join(peersFolder, 'PdfBoxPeer.java')).mtimeMs) return undefined
  mkdirSync(join(peersFolder, 'dist'), { recursive: true })
  const words = ['-cp', classPath, '-d', join(peersFolder, 'dist'), join(peersFolder, 'PdfBoxPeer.java')]
  const compiled = spawnSync('javac', words, { encoding: 'utf8' })
  return compiled.status === 0 ? undefined : `javac: ${compiled.stderr || String(compiled.error)}`
}

type Run = { name: Name | 'cli'; key: Materials['keyAlgorithm']; file: string; seconds: number }

class Arena {
  readonly scratch: string
  readonly core: string

  constructor(scratch: string, core: string) {
    this.scratch = scratch
    this.core = core
  }

  authority(key: Materials['keyAlgorithm']): string {
    return join(this.scratch, `authority-${key}`)
  }

  /** What the contender printed; its whole last file lies in `out`. */
  run({ name, key, file, seconds }: Run): unknown {
    const words =
      name === 'pdfbox' ? this.javaWords({ name, key, file, seconds }) : this.nodeWords({ name, key, file, seconds })
    const printed = execFileSync('taskset', ['-c', this.core, ...words], { encoding: 'utf8', maxBuffer: 1024 * 1024 })
    return JSON.parse(printed)
  }

  get out(): string {
    return join(this.scratch, 'out.pdf')
  }

  private nodeWords({ name, key, file, seconds }: Run): string[] {
    const words = ['--name', name, '--key', key, '--authority', this.authority(key), '--file', file]
    return [
      process.execPath,
      ...process.execArgv,
      processPath,
      ...words,
      '--out',
      this.out,
      '--seconds',
      String(seconds),
    ]
  }

  private javaWords({ key, file, seconds }: Run): string[] {
    const at = (name: string) => join(this.scratch, `${name}-${key}`)
    const words = [file, at('key'), key === 'rsa-2048' ? 'RSA' : 'EC', `${at('signer')},${at('issuer')}`, at('picture')]
    return [
      'java',
      '-Xmx4g',
      '-XX:ActiveProcessorCount=1',
      '-cp',
      classPath,
      'PdfBoxPeer',
      ...words,
      String(seconds),
      this.out,
    ]
  }

  /** Keys, certificates and a picture as files, for the contender that is not Node. */
  async prepare(key: Materials['keyAlgorithm']): Promise<void> {
    const { holders } = await openAuthority(this.authority(key), { keyAlgorithm: key })
    const at = (name: string) => join(this.scratch, `${name}-${key}`)
    const pem = holders.stamp.key.privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(at('key'), createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }), { mode: 0o600 })
    writeFileSync(at('signer'), holders.stamp.certificate.der)
    writeFileSync(at('issuer'), holders.issuing.certificate.der)
    writeFileSync(at('picture'), (await openMaterials(this.authority(key), key)).pictureOf(1))
  }
}

/** `yes` when pdfsig calls the file's signature valid and whole; else what is wrong. Bench figures of bad files are worth nothing. */
function validity(path: string, name: Name, original: string): string {
  if (name === 'own-tail') writeFileSync(path, Buffer.concat([readFileSync(original), readFileSync(path)]))
  const { stdout } = spawnSync('pdfsig', ['-nocert', path], { encoding: 'utf8' })
  const isValid = stdout.includes('Signature is Valid.')
  return isValid && stdout.includes('Total document signed') ? 'yes' : isValid ? 'not whole' : 'NO'
}

type Row = Measured & {
  contender: string
  key: string
  size: string
  valid: string
  /** By how much we are faster: by files a second, by the median, and by the median without what the signature takes in each. */
  oursTimes: number
  oursTimesMedian: number
  oursTimesUnsigned: number
}

type Result = Measured & { name: Name; title: string; valid: string }
type Effort = { seconds: number; rounds: number }

function compare(arena: Arena, names: readonly Name[], { seconds, rounds }: Effort): Row[] {
  const rows: Row[] = []
  for (const size of sizes) {
    const file = join(arena.scratch, `${size.bytes}.pdf`)
    writeFileSync(file, benchDocument(size.bytes))
    for (const key of keyAlgorithms) {
      const best = new Map<Name, Result>()
      for (let round = 0; round < rounds; round++)
        for (const { name, title } of contenders.filter((each) => names.includes(each.name))) {
          const result = measured.parse(arena.run({ name, key, file, seconds }))
          console.error(`${title}, ${key}, ${size.title}: ${result.filesPerSecond.toFixed(1)} files/s`)
          const valid = validity(arena.out, name, file)
          if (!(result.filesPerSecond < (best.get(name)?.filesPerSecond ?? 0)) || valid !== 'yes')
            best.set(name, { name, title, ...result, valid })
        }
      const results = [...best.values()]
      const ours = results.find(({ name }) => name === 'own-ready') ?? results[0]
      if (ours === undefined) continue
      for (const { name: _, title, ...result } of results)
        rows.push({
          contender: title,
          key,
          size: size.title,
          ...result,
          oursTimes: ours.filesPerSecond / result.filesPerSecond,
          oursTimesMedian: result.medianMilliseconds / ours.medianMilliseconds,
          oursTimesUnsigned: unsigned(result) / unsigned(ours),
        })
    }
  }
  return rows
}

function unsigned({ medianMilliseconds, signMilliseconds }: Measured): number {
  return medianMilliseconds - signMilliseconds
}

/** The peak of a whole process, and how much of it the waiting process had not taken already. */
type Peak = { contender: string; peakBytes: number; workBytes: number; timesFile: number }

function comparePeaks(arena: Arena, names: readonly Name[]): Peak[] {
  const file = join(arena.scratch, 'memory.pdf')
  writeFileSync(file, benchDocument(memoryBytes))
  const asked = contenders.filter(({ name }) => names.includes(name) && name !== 'pdfbox' && name !== 'own-ready')
  const all = [...asked, { name: 'cli', title: 'as meterai stamp: read from disk, written to disk' } as const]
  return all.map(({ name, title }) => {
    const { idleBytes, peakBytes } = peak.parse(arena.run({ name, key: 'ec-p256', file, seconds: 0 }))
    const workBytes = peakBytes - idleBytes
    return { contender: title, peakBytes, workBytes, timesFile: workBytes / memoryBytes }
  })
}

function printTable(head: readonly string[], rows: readonly string[][]): void {
  const all = [[...head], ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  for (const row of all)
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  console.log('')
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    core: { type: 'string' },
    only: { type: 'string' },
    memory: { type: 'boolean' },
  },
})
const seconds = Number(values.seconds ?? 2)
if (!(seconds > 0)) throw new Error(`--seconds ${values.seconds} is no time; a number above 0`)
const rounds = Number(values.rounds ?? 3)
if (!(rounds >= 1)) throw new Error(`--rounds ${values.rounds} is no count; a number from 1`)
const scratch = mkdtempSync(join(tmpdir(), 'openmeterai-stamp-'))
try {
  installPeers()
  const noPdfBox = preparePdfBox()
  if (noPdfBox !== undefined) console.error(`PDFBox is left out: ${noPdfBox}`)
  const asked = values.only?.split(',')
  const names = contenders
    .map(({ name }) => name)
    .filter((name) => (asked === undefined || asked.includes(name)) && (name !== 'pdfbox' || noPdfBox === undefined))
  const arena = new Arena(scratch, values.core ?? String(cpus().length - 1))
  for (const key of keyAlgorithms) await arena.prepare(key)
  const rows = values.memory === true ? [] : compare(arena, names, { seconds, rounds })
  const peaks = comparePeaks(arena, names)
  const added = await measureAdded(scratch)
  console.log(
    `Each contender in a process of its own on core ${arena.core}, all its threads: ${seconds * 2} s to warm up, then ${seconds} s measured.`,
  )
  console.log(
    `${rounds} rounds, each contender once in each; its best round counts: on a shared machine, the least disturbed.`,
  )
  console.log(
    'Files/s by wall time and by processor time of that window. "Ours is faster": with the picture handed in.\n',
  )
  printTable(
    [
      'contender',
      'key',
      'size',
      'median ms',
      'files/s',
      'files/cpu s',
      'sign ms',
      'at most/s',
      'ours is faster by',
      'by medians',
      'unsigned',
      'pdfsig valid',
    ],
    rows.map((row) => [
      row.contender,
      row.key,
      row.size,
      row.medianMilliseconds.toFixed(3),
      row.filesPerSecond.toFixed(1),
      row.filesPerProcessorSecond.toFixed(1),
      row.signMilliseconds.toFixed(3),
      (1000 / row.signMilliseconds).toFixed(0),
      `${row.oursTimes.toFixed(2)} x`,
      `${row.oursTimesMedian.toFixed(2)} x`,
      `${row.oursTimesUnsigned.toFixed(2)} x`,
      row.valid,
    ]),
  )
  printTable(
    ['peak memory on 100 MB', 'process MB', 'above waiting MB', 'times the file'],
    peaks.map((row) => [
      row.contender,
      (row.peakBytes / 1e6).toFixed(0),
      (row.workBytes / 1e6).toFixed(0),
      row.timesFile.toFixed(2),
    ]),
  )
  printTable(
    ['bytes added by one stamp', 'profile', 'bytes', 'of these the CMS'],
    added.map((row) => [row.key, row.profile, String(row.addedBytes), String(row.cmsBytes)]),
  )
  const invalid = rows.filter(({ valid }) => valid !== 'yes')
  for (const row of invalid) console.error(`${row.contender}, ${row.key}, ${row.size}: pdfsig says ${row.valid}`)
  if (invalid.length > 0) process.exitCode = 1
  if (values.json === true)
    console.log(
      JSON.stringify({ node: process.version, processor: cpus()[0]?.model, seconds, rounds, rows, peaks, added }),
    )
} finally {
  rmSync(scratch, { recursive: true })
}
