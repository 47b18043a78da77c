// QRIS, Indonesia's profile of EMVCo's merchant-presented QR: objects of a two-digit tag, a two-digit length and a value; the last one,
// 63, is the CRC-16 (CCITT-FALSE) of all before it and of its own tag and length.

/** What a QRIS text asks for. `amountRupiah` is undefined where the payer chooses. */
export type Qris = {
  isDynamic: boolean
  amountRupiah: bigint | undefined
  merchantName: string
  objects: ReadonlyMap<string, string>
}

/** Why a text is no QRIS to pay by. */
export type QrisProblem = 'malformed' | 'checksum_wrong' | 'not_rupiah'

/** CRC-16/CCITT-FALSE over the text's UTF-8, as four upper-case hex digits. */
export function qrisChecksum(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

/** Reads a QRIS text and proves its checksum, country, currency and form. */
export function readQris(text: string): { ok: true; qris: Qris } | { ok: false; problem: QrisProblem } {
  const objects = objectsOf(text)
  if (objects === undefined || !/6304[0-9A-F]{4}$/i.test(text)) return { ok: false, problem: 'malformed' }
  if (qrisChecksum(text.slice(0, -4)) !== text.slice(-4).toUpperCase()) return { ok: false, problem: 'checksum_wrong' }
  if (objects.get('00') !== '01') return { ok: false, problem: 'malformed' }
  if (objects.get('53') !== '360' || objects.get('58') !== 'ID') return { ok: false, problem: 'not_rupiah' }
  const amount = objects.get('54')
  const digits = amount === undefined ? undefined : /^(\d{1,12})(?:\.0{1,2})?$/.exec(amount)?.[1]
  if (amount !== undefined && digits === undefined) return { ok: false, problem: 'malformed' }
  const merchantName = objects.get('59') ?? ''
  const amountRupiah = digits === undefined ? undefined : BigInt(digits)
  return { ok: true, qris: { isDynamic: objects.get('01') === '12', amountRupiah, merchantName, objects } }
}

/** Objects one after the other, each tag once; undefined where the text is not made of them alone. */
function objectsOf(text: string): ReadonlyMap<string, string> | undefined {
  const objects = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    const head = /^(\d{2})(\d{2})$/.exec(text.slice(at, at + 4))
    const [, tag = '', length = ''] = head ?? []
    const value = text.slice(at + 4, at + 4 + Number(length))
    if (head === null || value.length !== Number(length) || objects.has(tag)) return undefined
    objects.set(tag, value)
    at += 4 + value.length
  }
  return objects
}

/** One object: tag, length, value. Throws RangeError for a value that its length cannot tell. */
export function qrisObject(tag: string, value: string): string {
  if (value.length < 1 || value.length > 99)
    throw new RangeError(`a QRIS object of ${value.length} characters: 1 to 99`)
  return `${tag}${String(value.length).padStart(2, '0')}${value}`
}

/** Objects put together, with the checksum behind them. */
export function qrisText(objects: readonly (readonly [tag: string, value: string])[]): string {
  const body = `${objects.map(([tag, value]) => qrisObject(tag, value)).join('')}6304`
  return body + qrisChecksum(body)
}
