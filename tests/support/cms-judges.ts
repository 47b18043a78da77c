import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Certificate, ContentInfo, SignedData } from 'pkijs'
import { concatBytes } from '../../src/base/bytes.ts'
import { parseSignedData } from '../../src/stamp/cms/signed-data.ts'
import type { Stamped } from './stamped-pdf.ts'

/** Where a judgement's files go, and the authority above the stamps: PEM files, and the root's DER. */
export type CmsCourt = { scratch: string; root: string; issuing: string; rootDer: Uint8Array }

const run = promisify(execFile)

/** What openssl says on both outputs, or `failed:` and what it said. */
export async function openssl(...words: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run('openssl', words, { encoding: 'utf8', maxBuffer: 8 * 1024 * 1024 })
    return stdout + stderr
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') throw cause
    return `failed: ${cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause)}`
  }
}

/** The container in a stamped file, as long as its own length says, and the bytes it is over. */
export function containerOf({ bytes, byteRange }: Pick<Stamped, 'bytes' | 'byteRange'>): {
  cms: Uint8Array
  content: Uint8Array
} {
  const [start, length, second, rest] = byteRange
  const hex = Buffer.from(bytes.subarray(length + 1, second - 1)).toString('latin1')
  const whole = new Uint8Array(Buffer.from(hex, 'hex'))
  // 30 82 and two bytes of length: a container has between 256 and 65,535 bytes
  const cms = whole.subarray(0, 4 + (whole[2] ?? 0) * 256 + (whole[3] ?? 0))
  return { cms, content: concatBytes([bytes.subarray(start, length), bytes.subarray(second, second + rest)]) }
}

async function judgedByPkijs(cms: Uint8Array, content: Uint8Array, rootDer: Uint8Array): Promise<string> {
  const signed = new SignedData({ schema: ContentInfo.fromBER(Uint8Array.from(cms)).content })
  const trustedCerts = [Certificate.fromBER(Uint8Array.from(rootDer))]
  const order = { signer: 0, data: Uint8Array.from(content).buffer, trustedCerts, checkChain: true }
  return signed.verify(order).then((isGood) => (isGood ? '' : 'not verified'), String)
}

/** What openssl and pkijs hold against a stamp's container and its timestamp: nothing for a good one. */
export async function judgeContainer(
  stamped: Pick<Stamped, 'bytes' | 'byteRange' | 'serial'>,
  court: CmsCourt,
): Promise<string[]> {
  const { cms, content } = containerOf(stamped)
  const file = (ending: string) => join(court.scratch, `${stamped.serial}.${ending}`)
  const [signer] = parseSignedData(cms).signers
  await Promise.all([
    writeFile(file('cms'), cms),
    writeFile(file('content'), content),
    writeFile(file('signature'), signer?.signature ?? ''),
    writeFile(file('token'), signer?.timestampToken ?? ''),
  ])
  const [verified, timestamped, parsed, byPkijs] = await Promise.all([
    openssl(
      'cms',
      '-verify',
      '-binary',
      '-cades',
      '-content',
      file('content'),
      '-inform',
      'DER',
      '-in',
      file('cms'),
      '-CAfile',
      court.root,
      '-purpose',
      'any',
      '-out',
      file('out'),
    ),
    openssl(
      'ts',
      '-verify',
      '-data',
      file('signature'),
      '-in',
      file('token'),
      '-token_in',
      '-CAfile',
      court.root,
      '-untrusted',
      court.issuing,
    ),
    openssl('asn1parse', '-inform', 'DER', '-in', file('cms')),
    judgedByPkijs(cms, content, court.rootDer),
  ])
  const problems: string[] = []
  if (!/Verification successful/i.test(verified)) problems.push(`openssl cms: ${verified.trim()}`)
  if (!timestamped.includes('Verification: OK')) problems.push(`openssl ts: ${timestamped.trim()}`)
  if (parsed.startsWith('failed') || parsed.includes('signingTime'))
    problems.push('openssl asn1parse finds a signing time, or no DER')
  if (!parsed.includes(stamped.serial)) problems.push('openssl asn1parse does not find the serial number')
  if (byPkijs !== '') problems.push(`pkijs: ${byPkijs}`)
  return problems
}
