import { expect, test } from 'vitest'
import { latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { serialCheckCharacter } from '../serial.ts'
import { shownSerials } from './shown-serials.ts'

const body = 'SPESIMEN01XQABCDEFGHI'
const serial = body + serialCheckCharacter(body)

test.each([
  [`q %OpenMeterai ${serial}\n`],
  [`(https://stamps.example/cek/${serial})`],
  [`%OpenMeterai ${serial} and https://stamps.example/cek/${serial}`],
])('%s shows the serial once', (text) => {
  expect(shownSerials(latin1Bytes(text), nodePrimitives)).toEqual([serial])
})

test.each([[serial], [`%OpenMeterai ${body}*`], [`/cek/${serial.slice(0, 12)}`], [`%OpenMeterai ${body}`], ['']])(
  '%j shows no serial',
  (text) => {
    expect(shownSerials(latin1Bytes(text), nodePrimitives)).toEqual([])
  },
)
