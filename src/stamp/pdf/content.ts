import { latin1Bytes } from '../../base/bytes.ts'
import type { Effort } from './effort.ts'
import { damaged, type PdfObject } from './objects.ts'
import { isSpace, Parser } from './parser.ts'

/** One operator of a content stream with what stands before it (ISO 32000-1 7.8.2). */
export type Instruction = { operator: string; operands: readonly PdfObject[] }

const startsOperand = new Set(latin1Bytes('0123456789+-./(<['))
const words = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

/**
 * The instructions of a content stream in their order; `effort` is charged with every byte walked. Throws PdfProblem where
 * the stream cannot be read on.
 */
export function* readInstructions(bytes: Uint8Array, effort: Effort): Generator<Instruction> {
  const parser = new Parser({ bytes, packed: false }, 0)
  let operands: PdfObject[] = []
  for (;;) {
    parser.skipSpace()
    const start = parser.position
    const byte = bytes[start]
    if (byte === undefined) return
    if (startsOperand.has(byte)) operands.push(parser.readObject())
    else {
      const operator = parser.takeWord()
      if (operator === '') throw damaged(`no operator at offset ${start} of the contents`)
      const value = words.get(operator)
      if (value !== undefined) operands.push(value)
      else {
        if (operator === 'ID') parser.position = imageEnd(bytes, parser.position)
        yield { operator, operands }
        operands = []
      }
    }
    effort.parse(parser.position - start)
  }
}

/** How much text behind `EI` shows that the image ends there: its data may hold the letters by chance. */
const textShown = 12

/** Where the data of an inline image ends, behind its `EI`. */
function imageEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(69, start); at >= 0; at = bytes.indexOf(69, at + 1)) {
    const end = at + 2
    const isWord = bytes[at + 1] === 73 && isSpace(bytes[at - 1]) && (end === bytes.length || isSpace(bytes[end]))
    if (isWord && bytes.subarray(end, end + textShown).every(isText)) return end
  }
  throw damaged(`an image at offset ${start} of the contents has no end`)
}

function isText(byte: number): boolean {
  return isSpace(byte) || (byte > 32 && byte < 127)
}
