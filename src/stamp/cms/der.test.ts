import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, equalBytes, fromHex, latin1Bytes, toHex } from '../../base/bytes.ts'
import {
  DerError,
  Fields,
  boolean,
  childrenOf,
  derDepthMax,
  element,
  generalizedTime,
  integer,
  octetString,
  oid,
  readBoolean,
  readDer,
  readFirstDer,
  readInteger,
  readOctets,
  readOid,
  readSmall,
  readTime,
  sequence,
  setOf,
  tags,
  time,
} from './der.ts'
import { withDefiniteLengths } from './ber.ts'
import { serialNumberAttributeOid } from './oids.ts'

/** What `read` throws; undefined when it does not. */
function refusalOf(read: () => unknown): unknown {
  try {
    read()
    return undefined
  } catch (error) {
    return error
  }
}

const refused = (read: () => unknown): boolean => refusalOf(read) instanceof DerError

const bytes = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', ''))

/** The first value drawn that does not come back as it went; null when all do. */
const firstLost = <T>(values: fc.Arbitrary<T>, comesBack: (value: T) => boolean): string | null =>
  fc.check(fc.property(values, comesBack)).counterexample?.join() ?? null

test('every integer comes back as it went, in its shortest form', () => {
  const values = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })
  expect(firstLost(values, (value) => readInteger(readDer(integer(value))) === value)).toBeNull()
  const forms = { 0: '020100', 127: '02017f', 128: '02020080', 255: '020200ff', '-1': '0201ff', '-129': '0202ff7f' }
  for (const [value, hex] of Object.entries(forms)) expect(toHex(integer(BigInt(value)))).toBe(hex)
})

test('every object identifier comes back as it went, arcs of 128 bits too', () => {
  const arc = fc.bigInt({ min: 0n, max: 2n ** 128n })
  const low = fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 39n }), fc.array(arc, { maxLength: 6 }))
  const joint = fc.tuple(fc.constant(2n), arc, fc.array(arc, { maxLength: 5 }))
  const dotted = fc.oneof(low, joint).map(([root, second, others]) => [root, second, ...others].join('.'))
  expect(firstLost(dotted, (text) => readOid(readDer(oid(text))) === text)).toBeNull()
})

test('the serial number attribute has its UUID as an arc of 19 septets under 2.25', () => {
  // 2.25 is 2 * 40 + 25 = 105 = 0x69; the UUID's 128 bits follow, seven a byte.
  const der = oid(serialNumberAttributeOid)
  expect(toHex(der.subarray(0, 3))).toBe('061469')
  const septets = [...der.subarray(3)].reduce((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n)
  expect(septets).toBe(BigInt('0xc7a54341a31a403b84f33b0f865d63c9'))
})

test('what is not an object identifier is refused with its text', () => {
  for (const text of ['', '1', '3.1', '1.40', '1.2.03', '1..2', '2.x']) expect(() => oid(text)).toThrow(RangeError)
})

test('every byte string comes back as it went, whatever its length', () => {
  const contents = fc.uint8Array({ maxLength: 1_000 })
  expect(firstLost(contents, (content) => equalBytes(readOctets(readDer(octetString(content))), content))).toBeNull()
  for (const length of [0, 127, 128, 255, 256, 65_535, 65_536, 70_000])
    expect(readDer(octetString(new Uint8Array(length))).content.length).toBe(length)
})

test('a time comes back as it went, to the millisecond where the form allows it', () => {
  const moment = fc.date({
    min: new Date('1950-01-01T00:00:00Z'),
    max: new Date('2199-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(moment, (at) => {
      expect(readTime(readDer(generalizedTime(at)))).toEqual(at)
      expect(readTime(readDer(time(at))).getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000)
    }),
  )
  expect(readDer(time(new Date('2049-12-31T23:59:59Z'))).tag).toBe(tags.utcTime)
  expect(readDer(time(new Date('2050-01-01T00:00:00Z'))).tag).toBe(tags.generalizedTime)
  expect(String.fromCharCode(...readDer(generalizedTime(new Date('2026-11-23T13:10:00.120Z'))).content)).toBe(
    '20261123131000.12Z',
  )
})

test('a time that is not in the calendar or not in UTC is refused', () => {
  for (const text of [
    '20260231000000Z',
    '20261301000000Z',
    '20260101240000Z',
    '20260101006000Z',
    '20260101000000',
    '20260101000000+0700',
  ])
    expect(() => readTime(readDer(element(tags.generalizedTime, latin1Bytes(text))))).toThrow(DerError)
})

test('a SET OF stands in the order of its encodings', () => {
  const parts = [octetString(bytes('02')), integer(5), octetString(bytes('01')), octetString(bytes('0100'))]
  expect(childrenOf(readDer(setOf(parts))).map((child) => toHex(child.bytes))).toEqual([
    '020105',
    '040101',
    '040102',
    '04020100',
  ])
})

test('forms that DER does not allow are refused', () => {
  const wrong = {
    'indefinite length': '3080 020101 0000',
    'length not the shortest': '04 8101 00',
    'length with a leading zero': '04 82 0080' + '00'.repeat(128),
    'length beyond the end': '04 05 0000',
    'length of five bytes': '04 85 0000000001 00',
    'tag number above 30': '1f 81 01 00',
    'bytes after the element': '0500 00',
    'nothing at all': '',
    'a tag alone': '30',
  }
  expect(Object.entries(wrong).filter(([, hex]) => !refused(() => readDer(bytes(hex))))).toEqual([])
  const inside = {
    integers: { read: readInteger, forms: ['0200', '02020001', '0202ff80'] },
    identifiers: { read: readOid, forms: ['0600', '060180', '06022a80', '0603558001'] },
    booleans: { read: readBoolean, forms: ['0100', '010101', '0102ffff'] },
  }
  for (const { read, forms } of Object.values(inside))
    expect(forms.filter((hex) => !refused(() => read(readDer(bytes(hex)))))).toEqual([])
  expect(() => readSmall(readDer(integer(2n ** 60n)))).toThrow(DerError)
  expect(readBoolean(readDer(boolean(true)))).toBe(true)
})

test('elements nested too deep are refused', () => {
  let nested = integer(1)
  for (let i = 0; i < derDepthMax + 1; i++) nested = sequence(nested)
  const dig = () => {
    let here = readDer(nested)
    for (;;) here = childrenOf(here)[0] ?? here
  }
  expect(dig).toThrow(DerError)
})

const record = () => new Fields(readDer(sequence(integer(1))), 'Record')

test('a field that is missing, of another kind or too many is named', () => {
  expect(() => record().take(tags.oid, 'kind')).toThrow(/Record: kind has tag 0x02 where 0x06 belongs/)
  expect(() => record().end()).toThrow(/Record: 1 fields too many/)
  const fields = record()
  expect(fields.takeIf(tags.oid)).toBeUndefined()
  fields.take(tags.integer, 'number')
  expect(() => fields.any('kind')).toThrow(/Record: kind is missing/)
})

test('any bytes at all are read or refused with DerError, and reading them ends', () => {
  const walk = (der: ReturnType<typeof readDer>): number =>
    (der.tag & 0x20) === 0 ? 1 : childrenOf(der).reduce((sum, child) => sum + walk(child), 1)
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 100 }).map((content) => sequence(content)),
    fc
      .array(fc.constantFrom(0x30, 0x80, 0x00, 0x04, 0x24, 0x01), { maxLength: 200 })
      .map((list) => Uint8Array.from(list)),
  )
  fc.assert(
    fc.property(anything, (input) => {
      const readers = [() => walk(readDer(input)), () => readFirstDer(input), () => withDefiniteLengths(input)]
      const unexpected = readers.map(refusalOf).filter((error) => error !== undefined && !(error instanceof DerError))
      expect(unexpected).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

test('indefinite lengths become definite and octet strings in pieces become one', () => {
  const pieces = bytes('3080 2480 040101 04020203 0000 3080 020105 0000 0000 0000')
  const { first, rest } = withDefiniteLengths(pieces)
  expect(toHex(first)).toBe(toHex(sequence(octetString(bytes('010203')), sequence(integer(5)))))
  expect(toHex(rest)).toBe('0000')
})

test('what is definite already keeps its bytes', () => {
  const der = sequence(integer(5), octetString(bytes('0000')))
  expect(toHex(withDefiniteLengths(concatBytes([der, bytes('00')])).first)).toBe(toHex(der))
})
