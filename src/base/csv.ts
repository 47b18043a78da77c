/**
 * One record of RFC 4180 with its line end. A cell that a spreadsheet would take for a formula gets an apostrophe before it,
 * and so does one that begins with an apostrophe: `readCsv` takes exactly one away again.
 */
export function csvRecord(cells: readonly string[]): string {
  return `${cells.map(written).join(',')}\r\n`
}

function written(cell: string): string {
  // full-width signs count too: some spreadsheets read them as the narrow ones
  const safe = /^['=+\-@\t\r\n＝＋－＠]/u.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
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
