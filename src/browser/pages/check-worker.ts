import { askRegistry, fetchTrustBundle } from '../../client/registry.ts'
import { pdfBytesMax } from '../../limits/stamping.ts'
import { checkBytes } from '../../stamp/check/check-bytes.ts'
import { registryQuestions, verdictOf } from '../../stamp/check/verdict.ts'
import { browserVerifyPrimitives } from '../verify-primitives.ts'
import type { FromCheck } from './check-messages.ts'
import { portalConnection } from './fetch-transport.ts'

// Reads a file beside the page, which stays alive meanwhile. Of the file only serial numbers and digests are asked about.

async function checkFile(file: File): Promise<FromCheck> {
  if (file.size > pdfBytesMax)
    return { kind: 'refused', refusal: { code: 'file_too_large', values: { bytes: file.size, bytesMax: pdfBytesMax } } }
  const connection = portalConnection({ csrf: '' })
  const [bytes, fetched] = await Promise.all([
    file.arrayBuffer(),
    fetchTrustBundle(connection, browserVerifyPrimitives),
  ])
  if (!fetched.ok) return { kind: 'refused', refusal: fetched.refusal }
  const checked = checkBytes(new Uint8Array(bytes), fetched.bundle.trust, browserVerifyPrimitives)
  if (checked.kind === 'refused') return checked
  const { report } = checked
  const asked = await askRegistry(connection, registryQuestions(report))
  return { kind: 'verdict', verdict: verdictOf(report, asked.ok ? asked.answers : 'unreachable') }
}

addEventListener('message', (event: MessageEvent<{ file: File }>) => {
  const answer = (told: FromCheck) => postMessage(told)
  checkFile(event.data.file).then(answer, () => answer({ kind: 'refused', refusal: { code: 'too_complex' } }))
})
