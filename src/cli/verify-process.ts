import { readFile, stat } from 'node:fs/promises'
import { nodePrimitives } from '../base/primitives-node.ts'
import { rememberingVerify } from '../base/remembered-verify.ts'
import { pdfBytesMax } from '../limits.ts'
import type { SignatureReport, Trust } from '../stamp/check/report.ts'
import { checkBytes } from './check-bytes.ts'
import type { FileChecked, FromVerifyProcess, ToVerifyProcess } from './verify-messages.ts'

// The child process that reads untrusted PDFs for `meterai verify`. What a hostile file does to it, it does to this process
// alone; it knows neither keys nor the service.

/** Names in a hostile file may be as long as the file; nobody reads more of them than this. */
const nameLengthMax = 255

const primitives = rememberingVerify(nodePrimitives)
let trust: Trust = { roots: [] }

function tell(message: FromVerifyProcess): void {
  process.send?.(message)
}

async function checkFile(path: string): Promise<FileChecked> {
  const { size } = await stat(path)
  if (size > pdfBytesMax)
    return { kind: 'refused', refusal: { code: 'file_too_large', values: { bytes: size, bytesMax: pdfBytesMax } } }
  const checked = checkBytes(await readFile(path), trust, primitives)
  if (checked.kind === 'refused') return checked
  const { signatures, parseProblem: _, ...rest } = checked.report
  return { kind: 'checked', report: { ...rest, signatures: signatures.map(withShortNames) } }
}

function withShortNames(signature: SignatureReport): SignatureReport {
  const { fieldName, signer } = signature
  const commonName = signer.commonName.slice(0, nameLengthMax)
  return { ...signature, fieldName: fieldName.slice(0, nameLengthMax), signer: { ...signer, commonName } }
}

process.on('message', (message: ToVerifyProcess) => {
  if (message.kind === 'trust') {
    trust = message.trust
    return tell({ kind: 'ready' })
  }
  checkFile(message.path).then(tell, (error: unknown) => {
    // of what the system says of a file, that it cannot be had; all else is a mistake of ours and ends this process
    if (!(error instanceof Error) || !('code' in error)) throw error
    tell({ kind: 'refused', refusal: { code: 'not_found' } })
  })
})
process.on('disconnect', () => process.exit(0))
