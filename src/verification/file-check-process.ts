import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { nodePrimitives } from '../base/primitives-node.ts'
import { rememberingVerify } from '../base/remembered-verify.ts'
import { suggestFrom } from '../client/suggestions.ts'
import type { Refusal } from '../errors.ts'
import { pdfBytesMax } from '../limits/stamping.ts'
import { checkBytes, type FileChecked } from '../stamp/check/check-bytes.ts'
import { heldSignatures } from '../stamp/check/held-signatures.ts'
import type { SignatureReport, Trust } from '../stamp/check/report.ts'
import { preflight } from '../stamp/pdf/preflight.ts'
import type { FileLookedAt, FromFileCheck, ToFileCheck } from './file-check-messages.ts'

// The child process that reads untrusted PDFs for `meterai verify` and for the page that checks uploads. What a hostile file does to it, it does to this process
// alone; it knows neither keys nor the service.

/** Names in a hostile file may be as long as the file; nobody reads more of them than this. */
const nameLengthMax = 255

const primitives = rememberingVerify(nodePrimitives)
let trust: Trust = { roots: [] }

function tell(message: FromFileCheck): void {
  process.send?.(message)
}

/** Where one usual file after the other is read into: memory that is new for each costs more than the reading. */
const usualRoom = new Uint8Array(1024 * 1024)

/** The bytes of a file, good until the next is read; at once, for this process does nothing else meanwhile. */
function readFile(path: string): { kind: 'read'; bytes: Uint8Array } | { kind: 'refused'; refusal: Refusal } {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      if (size <= pdfBytesMax) return { kind: 'read', bytes: readBytes(file, size) }
      return { kind: 'refused', refusal: { code: 'file_too_large', values: { bytes: size, bytesMax: pdfBytesMax } } }
    } finally {
      closeSync(file)
    }
  } catch {
    // the system only ever says that the file cannot be had
    return { kind: 'refused', refusal: { code: 'not_found' } }
  }
}

/** Plain bytes: slices of a Buffer cost three times as much to look at. */
function readBytes(file: number, size: number): Uint8Array {
  const room = size <= usualRoom.length ? usualRoom : new Uint8Array(size)
  let end = 0
  for (let read = -1; end < size && read !== 0; end += read) read = readSync(file, room, end, size - end, end)
  return room.subarray(0, end)
}

/** What is thrown here is a mistake of ours: it ends this process, and the file counts as too complex. */
function checkFile(path: string): FileChecked {
  const file = readFile(path)
  if (file.kind === 'refused') return file
  const checked = checkBytes(file.bytes, trust, primitives)
  if (checked.kind === 'refused') return checked
  const { signatures, parseProblem: _, ...rest } = checked.report
  return { kind: 'checked', report: { ...rest, signatures: signatures.map(withShortNames) } }
}

function lookAtFile(path: string): FileLookedAt {
  const file = readFile(path)
  if (file.kind === 'refused') return file
  const verify = (bytes: Uint8Array) => heldSignatures(bytes, primitives)
  const looked = preflight(file.bytes, primitives, { verify })
  if (!looked.ok) return { kind: 'refused', refusal: looked.refusal }
  const { document } = looked
  // what the file is called stays with whoever sent it
  const suggested = suggestFrom({ original: file.bytes, document, fileName: '', primitives })
  return { kind: 'looked', document, suggested }
}

function withShortNames(signature: SignatureReport): SignatureReport {
  const { fieldName, signer } = signature
  const commonName = signer.commonName.slice(0, nameLengthMax)
  return { ...signature, fieldName: fieldName.slice(0, nameLengthMax), signer: { ...signer, commonName } }
}

process.on('message', (message: ToFileCheck) => {
  if (message.kind === 'trust') {
    trust = message.trust
    return tell({ kind: 'ready' })
  }
  tell(message.kind === 'check' ? checkFile(message.path) : lookAtFile(message.path))
})
process.on('disconnect', () => process.exit(0))
