import { expect, test } from 'vitest'
import { workbookOf } from '../../tests/support/workbooks.ts'
import { nodePrimitives } from '../base/primitives-node.ts'
import { readSheet } from '../client/bulk/read-sheet.ts'
import { inflate } from './inflate.ts'

test('a browser reads a workbook as Node does', () => {
  const row = (line: number) =>
    `<row r="${line}"><c r="A${line}" t="s"><v>0</v></c><c r="B${line}" s="1"><v>46349</v></c></row>`
  const rows = Array.from({ length: 500 }, (_, at) => row(at + 1)).join('')
  const workbook = workbookOf(rows, { strings: ['<t>berkas é</t>'] })
  const read = readSheet(workbook, { inflate })
  expect(read).toHaveLength(500)
  expect(read).toEqual(readSheet(workbook, nodePrimitives))
})
