/**
 * One record of RFC 4180 with its line end. A cell that a spreadsheet would take for a formula gets an apostrophe before it,
 * and so does one that begins with an apostrophe: `readCsv` takes exactly one away again. A number is a number, a negative one too.
 */
export function csvRecord(cells: readonly (string | number)[]): string {
  return `${cells.map(written).join(',')}\r\n`
}

/** The same parted by semicolons, as spreadsheets open it where the comma is decimal, Indonesia too. */
export function semicolonRecord(cells: readonly (string | number)[]): string {
  return `${cells.map(written).join(';')}\r\n`
}

function written(cell: string | number): string {
  if (typeof cell === 'number') return String(cell)
  // full-width signs count too: some spreadsheets read them as the narrow ones
  const safe = /^['=+\-@\t\r\n＝＋－＠]/u.test(cell) ? `'${cell}` : cell
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** What `csvRecord` wrote: the records that are whole, and how many characters they take. A record cut short is left out. */
export function readCsv(text: string): { records: string[][]; length: number } {
  const records: string[][] = []
  let record: string[] = []
  let length = 0
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n)/y
  cell.lastIndex = 0
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [, quoted, plain = '', end] = match
    record.push((quoted?.replaceAll('""', '"') ?? plain).replace(/^'/, ''))
    if (end !== '\r\n') continue
    records.push(record)
    record = []
    length = cell.lastIndex
  }
  return { records, length }
}

const separators = [';', ',', '\t'] as const

/**
 * The records of a table as spreadsheets write it: parted by semicolons (Excel where the comma is decimal), commas or tabs,
 * whichever its first line has most of, or that a line `sep=` before it names; any line ends. `line` is where a record begins,
 * from 1. An apostrophe before a cell only says that it is text. Undefined where a quoted cell has no end.
 */
export function readTable(text: string): { records: { line: number; cells: string[] }[] } | undefined {
  const named = /^sep=([;,\t])\r?\n/.exec(text)
  const start = named?.[0].length ?? 0
  const separator = named?.[1] ?? mostFrequent(text.slice(start))
  const cell = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"[^${separator}\\r\\n]*|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\r|\\n|$)`,
    'y',
  )
  const records: { line: number; cells: string[] }[] = []
  let line = named === null ? 1 : 2
  let record = { line, cells: new Array<string>() }
  for (cell.lastIndex = start; cell.lastIndex < text.length;) {
    const match = cell.exec(text)
    if (match === null) return undefined
    const [whole, quoted, plain = '', end] = match
    // an opening quote that nothing closes is read as plain text by the pattern, up to the line's end
    if (quoted === undefined && plain.startsWith('"')) return undefined
    record.cells.push((quoted?.replaceAll('""', '"') ?? plain).replace(/^'/, ''))
    line += whole.match(/\r\n|\r|\n/g)?.length ?? 0
    if (end === separator && cell.lastIndex < text.length) continue
    if (end === separator) record.cells.push('')
    records.push(record)
    record = { line, cells: [] }
  }
  return { records }
}

function mostFrequent(text: string): string {
  const [heading = ''] = text.split(/\r|\n/, 1)
  const count = (separator: string) => heading.replaceAll(/"[^"]*"/g, '').split(separator).length
  return separators.reduce((best, each) => (count(each) > count(best) ? each : best))
}
