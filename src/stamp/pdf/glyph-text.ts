import type { PdfDocument } from './document.ts'
import { isArray, isDict, isStream, latin1Text, nameOf, type PdfDict, type PdfObject } from './objects.ts'

/** What the glyphs of a string say: one text for each, '' where the font does not tell; `bytes` of each glyph's code. */
export type GlyphText = { bytes: 1 | 2; read(text: Uint8Array): string[] }

/** A font that nobody named. */
export const untoldText: GlyphText = { bytes: 1, read: (text) => Array.from(text, () => '') }

/** Codes that one map may name: every code of two bytes. */
const codesMax = 65_536

/** How a font's codes are read as text (ISO 32000-1 9.10.2): its /ToUnicode, else its encoding. Throws PdfProblem where it is damaged. */
export function readGlyphText(document: PdfDocument, font: PdfDict): GlyphText {
  const bytes = nameOf(document.lookup(font, 'Subtype')) === 'Type0' ? 2 : 1
  const map = document.lookup(font, 'ToUnicode')
  const told = isStream(map) ? readCodeMap(document, latin1Text(document.decodeStream(map))) : undefined
  const encoding = bytes === 1 ? simpleEncoding(document, font) : undefined
  const textOf = (code: number) => told?.get(code) ?? encoding?.(code) ?? ''
  return {
    bytes,
    read(text) {
      if (bytes === 1) return Array.from(text, textOf)
      const pairs = Math.floor(text.length / 2)
      return Array.from({ length: pairs }, (_, at) => textOf((text[2 * at] ?? 0) * 256 + (text[2 * at + 1] ?? 0)))
    },
  }
}

/** The `bfchar` and `bfrange` parts of a CMap; ranges count on in the last character. */
function readCodeMap(document: PdfDocument, cmap: string): Map<number, string> {
  const map = new Map<number, string>()
  const put = (code: number, text: string) => {
    if (map.size < codesMax) map.set(code, text)
  }
  for (const [, part = ''] of cmap.matchAll(/beginbfchar([^]*?)endbfchar/g)) {
    for (const [, code = '', hex = ''] of part.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f\s]*)>/gi))
      put(Number.parseInt(code, 16), utf16Text(hex))
  }
  for (const [, part = ''] of cmap.matchAll(/beginbfrange([^]*?)endbfrange/g)) {
    const ranges = part.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>\s*(?:<([0-9a-f\s]*)>|\[([^\]]*)\])/gi)
    for (const [, low = '', high = '', hex, list = ''] of ranges) {
      const [first, last] = [Number.parseInt(low, 16), Number.parseInt(high, 16)]
      const count = Math.min(last - first + 1, codesMax)
      document.effort.visit(Math.max(0, count))
      const listed =
        hex === undefined ? Array.from(list.matchAll(/<([0-9a-f\s]*)>/gi), ([, each = '']) => each) : undefined
      for (let index = 0; index < count; index++)
        put(
          first + index,
          listed === undefined ? countedOn(utf16Text(hex ?? ''), index) : utf16Text(listed[index] ?? ''),
        )
    }
  }
  return map
}

function utf16Text(hex: string): string {
  const units = hex.replaceAll(/\s/g, '').match(/.{4}/g) ?? []
  return String.fromCharCode(...units.slice(0, 16).map((unit) => Number.parseInt(unit, 16)))
}

function countedOn(text: string, by: number): string {
  if (by === 0 || text === '') return text
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + by)
}

/** Signs that differences name by words; letters are named by themselves. */
const glyphNames: Partial<Record<string, string>> = {
  space: ' ',
  nbspace: ' ',
  exclam: '!',
  quotedbl: '"',
  numbersign: '#',
  percent: '%',
  ampersand: '&',
  quotesingle: "'",
  parenleft: '(',
  parenright: ')',
  asterisk: '*',
  plus: '+',
  comma: ',',
  hyphen: '-',
  minus: '-',
  period: '.',
  slash: '/',
  zero: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  colon: ':',
  semicolon: ';',
  equal: '=',
  underscore: '_',
  ff: 'ff',
  fi: 'fi',
  fl: 'fl',
  ffi: 'ffi',
  ffl: 'ffl',
}

/** Letters, digits and common signs stand in the same place in every usual encoding; the rest is read as Windows writes it. */
function simpleEncoding(document: PdfDocument, font: PdfDict): (code: number) => string {
  const encoding = document.lookup(font, 'Encoding')
  const named = new Map<number, string>()
  const differences = isDict(encoding) ? document.lookup(encoding, 'Differences') : null
  let code = 0
  for (const item of isArray(differences) ? differences.items : []) {
    const value: PdfObject = document.resolve(item)
    if (typeof value === 'number') code = value
    else named.set(code++, glyphText(nameOf(value) ?? ''))
  }
  const windows = new TextDecoder('windows-1252')
  return (each) => named.get(each) ?? windows.decode(Uint8Array.of(each))
}

function glyphText(name: string): string {
  if (/^[A-Za-z]$/.test(name)) return name
  const hex = /^(?:uni([0-9A-F]{4})|u([0-9A-F]{4,6}))$/.exec(name)
  const code = Number.parseInt(hex?.[1] ?? hex?.[2] ?? '', 16)
  if (code <= 0x10ffff) return String.fromCodePoint(code)
  return glyphNames[name] ?? ''
}
