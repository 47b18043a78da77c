import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  append,
  onePage,
  removeAuthorities,
  specimenSerial,
  stampPdf,
  temporarySigner,
} from '../../../tests/support/stamped-pdf.ts'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { indexOfWord } from '../pdf/indirect.ts'
import { preflight } from '../pdf/preflight.ts'
import { heldSignatures } from './held-signatures.ts'

let fieldName: string
let whole: Uint8Array

beforeAll(async () => {
  const stamped = await stampPdf(append(new Uint8Array(0), onePage('')), await temporarySigner(), {
    serial: specimenSerial(1),
  })
  fieldName = `Emet${stamped.serial}`
  whole = stamped.bytes
})

afterAll(removeAuthorities)

/** What `preflight` says of the file, its signatures verified. */
const looked = (bytes: Uint8Array) =>
  preflight(bytes, nodePrimitives, { verify: (given) => heldSignatures(given, nodePrimitives) })

test('a signature that holds is intact, and the document can be stamped once more', () => {
  expect(looked(whole)).toMatchObject({ ok: true, document: { signatures: [{ fieldName, state: 'intact' }] } })
})

test('one signed byte changed breaks the signature: no stamp is put on it', () => {
  const changed = Uint8Array.from(whole)
  changed[indexOfWord(changed, '/MediaBox', 0) + 10] = 32
  expect(heldSignatures(changed, nodePrimitives)).toEqual([{ fieldName, state: 'broken' }])
  expect(looked(changed)).toEqual({ ok: false, refusal: { code: 'signature_broken', values: { field: fieldName } } })
})

test('bytes after the end change the document: no stamp is put on it', () => {
  const changed = concatBytes([whole, latin1Bytes('900 0 obj\n<</New true>>\nendobj\n')])
  expect(heldSignatures(changed, nodePrimitives)).toEqual([{ fieldName, state: 'changed' }])
  expect(looked(changed)).toEqual({
    ok: false,
    refusal: { code: 'changed_after_signature', values: { field: fieldName } },
  })
})
