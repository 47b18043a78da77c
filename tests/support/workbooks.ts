import { deflateRawSync } from 'node:zlib'

/** One file of an archive; `stored` leaves it unpacked. */
type ArchiveFile = { name: string; text: string; stored?: boolean }

/** A ZIP archive of these files; checksums are left out, as nobody here looks at them. */
export function zipOf(files: readonly ArchiveFile[]): Uint8Array {
  const bodies: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const { name, text, stored = false } of files) {
    const plain = Buffer.from(text)
    const data = stored ? plain : deflateRawSync(plain)
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50)
    header.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(stored ? 0 : 8, 10)
    entry.writeUInt32LE(data.length, 20)
    entry.writeUInt32LE(plain.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    bodies.push(header, Buffer.from(name), data)
    entries.push(entry, Buffer.from(name))
    offset += header.length + name.length + data.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, directory, end])
}

/** A workbook whose first sheet has this XML within `sheetData`; `strings` are its shared texts, as XML. Style 1 is a day, style 2 a day of a format of its own. */
export function workbookOf(
  rows: string,
  options: { strings?: readonly string[]; from1904?: boolean; prefix?: string; stored?: boolean } = {},
): Uint8Array {
  const { strings = [], from1904 = false, prefix = '', stored = false } = options
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
  const sheet = `${head}<worksheet><sheetData>${rows}</sheetData></worksheet>`.replaceAll(
    /<(\/?)(\w)/g,
    `<$1${prefix}$2`,
  )
  const files = [
    {
      name: 'xl/workbook.xml',
      text: `${head}<workbook xmlns:r="r"><workbookPr date1904="${from1904 ? 1 : 0}"/><sheets><sheet name="Data" sheetId="3" r:id="rId7"/><sheet name="Lain" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: `${head}<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Target="worksheets/data.xml" Id="rId7"/></Relationships>`,
    },
    { name: 'xl/worksheets/sheet1.xml', text: `${head}<worksheet><sheetData/></worksheet>` },
    { name: 'xl/worksheets/data.xml', text: sheet },
    { name: 'xl/sharedStrings.xml', text: `${head}<sst>${strings.map((each) => `<si>${each}</si>`).join('')}</sst>` },
    {
      name: 'xl/styles.xml',
      text: `${head}<styleSheet><numFmts><numFmt numFmtId="165" formatCode="[$-421]dd\\ mmmm\\ yyyy;@"/><numFmt numFmtId="166" formatCode="&quot;Rp&quot;#,##0.00_);[Red](&quot;d&quot;#,##0)"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
    },
  ]
  return zipOf(files.map((file) => ({ ...file, stored })))
}
