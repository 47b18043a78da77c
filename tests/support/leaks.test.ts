import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { freshPdf } from './fresh-pdf.ts'
import { leaks, requestsIn } from './leaks.ts'

const file = freshPdf()
/** From the middle of what stands in this file alone. */
const part = file.subarray(300, 340)

const sentAs = (body: Buffer | string, line = 'POST /v1/affixings HTTP/1.1'): Buffer[] => [
  Buffer.concat([Buffer.from(`${line}\r\ncontent-length: ${body.length}\r\n\r\n`), Buffer.from(body)]),
]

test.each<[string, Buffer | string]>([
  ['as they are', part],
  ['in base64', `{"x":"${part.toString('base64')}"}`],
  ['in base64 for addresses', `{"x":"${part.toString('base64url')}"}`],
  ['in hex', part.toString('hex').toUpperCase()],
  ['as a file that was deflated', deflateRawSync(file)],
  ['as a file that was deflated otherwise, in base64', deflateSync(file, { level: 1 }).toString('base64')],
  ['as a part that was deflated', deflateRawSync(part)],
  ['as a part that was packed, in base64', gzipSync(part).toString('base64')],
])('bytes of a file are found %s', (_, body) => {
  expect(leaks(file, sentAs(body))).not.toEqual([])
})

test('bytes of a file are found in an address, and in chunks that split them', () => {
  const escaped = Array.from(part, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  expect(leaks(file, sentAs('', `GET /x?y=${escaped} HTTP/1.1`))).not.toEqual([])
  const chunk = (bytes: Buffer) => [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]
  const head = Buffer.from('POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n')
  const split = [...chunk(part.subarray(0, 15)), ...chunk(part.subarray(15, 30)), Buffer.from('0\r\n\r\n')]
  const next = Buffer.from('GET /next HTTP/1.1\r\n\r\n')
  const connection = Buffer.concat([head, ...split, next])
  expect(leaks(file, [connection])).not.toEqual([])
  expect(requestsIn([connection]).map(({ path }) => path)).toEqual(['/x', '/next'])
})

test('what is none of the file is no leak', () => {
  expect(leaks(file, sentAs(freshPdf().subarray(300, 340)))).toEqual([])
  expect(leaks(file, sentAs(part.subarray(0, 15)))).toEqual([])
})
