/** What stands in an XML text, one after the other. `name` is without its prefix. */
export type XmlPiece =
  | { kind: 'open'; name: string; attributes: ReadonlyMap<string, string>; isEmpty: boolean }
  | { kind: 'close'; name: string }
  | { kind: 'text'; text: string }

const named: Partial<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolved(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[String(name)] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

const piece =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<!DOCTYPE[^>]*>|<\/(?:[\w.-]+:)?([\w.-]+)\s*>|<(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy

/**
 * Reads the XML that programs write into spreadsheets. Entities that a document defines itself are not followed. Throws RangeError
 * where it is no XML.
 */
export function* readXml(text: string): Generator<XmlPiece> {
  piece.lastIndex = 0
  let at = text.startsWith('\u{feff}') ? 1 : 0
  while (at < text.length) {
    piece.lastIndex = at
    const match = piece.exec(text)
    if (match === null) throw new RangeError(`no XML at ${at}`)
    at = piece.lastIndex
    const [, cdata, closed, opened, written = '', slash, plain] = match
    if (cdata !== undefined) yield { kind: 'text', text: cdata }
    else if (closed !== undefined) yield { kind: 'close', name: closed }
    else if (plain !== undefined) yield { kind: 'text', text: resolved(plain) }
    else if (opened !== undefined)
      yield { kind: 'open', name: opened, attributes: attributesOf(written), isEmpty: slash === '/' }
  }
}

function attributesOf(written: string): Map<string, string> {
  const found = written.matchAll(/(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)
  return new Map(Array.from(found, ([, name = '', double, single]) => [name, resolved(double ?? single ?? '')]))
}
