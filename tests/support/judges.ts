import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'

/** What a Debian judge says of a file, on both outputs. Throws when it is not installed. */
export function judged(command: string, parameters: readonly string[], cwd: string): string {
  const { stdout, stderr, error } = spawnSync(command, parameters, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout + stderr
}

function withFile<T>(bytes: Uint8Array, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'meterai-judge-'))
  try {
    writeFileSync(join(folder, 'file.pdf'), bytes)
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** pdfsig's report, without asking for the chain: specimens lead to no root that anyone has installed. */
export function pdfsigReport(bytes: Uint8Array, password?: string): string {
  const opening = password === undefined ? [] : ['-upw', password]
  return withFile(bytes, (folder) => judged('pdfsig', ['-nocert', ...opening, 'file.pdf'], folder))
}

/** What pdfinfo says of a file: its pages, their size. */
export function pdfinfoReport(bytes: Uint8Array): string {
  return withFile(bytes, (folder) => judged('pdfinfo', ['file.pdf'], folder))
}

/** qpdf's complaints, sorted, without the file's name and offsets. */
export function qpdfReport(bytes: Uint8Array): string[] {
  const text = withFile(bytes, (folder) => judged('qpdf', ['--check', 'file.pdf'], folder))
  return text
    .split('\n')
    .filter((line) => /warn|error/i.test(line))
    .toSorted()
}

/** The last page as a PNG at 150 dpi, as a printer or a phone's screen shows it. */
export function lastPagePng(bytes: Uint8Array, page: number): Buffer {
  return withFile(bytes, (folder) => {
    judged(
      'pdftoppm',
      ['-r', '150', '-png', '-singlefile', '-f', String(page), '-l', String(page), 'file.pdf', 'page'],
      folder,
    )
    return readFileSync(join(folder, 'page.png'))
  })
}

/** The smallest box of pixels, in points from the bottom left, in which two renders of one page differ; undefined when they do not. */
export function differingBox(
  before: Buffer,
  after: Buffer,
): { left: number; bottom: number; right: number; top: number } | undefined {
  const [one, two] = [PNG.sync.read(before), PNG.sync.read(after)]
  if (one.width !== two.width || one.height !== two.height) throw new Error('the page changed its size')
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1]
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      const at = (y * one.width + x) * 4
      if (one.data.readUIntBE(at, 3) === two.data.readUIntBE(at, 3)) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  }
  if (right < 0) return undefined
  const points = (pixels: number) => (pixels * 72) / 150
  return {
    left: points(left),
    right: points(right + 1),
    bottom: points(one.height - bottom - 1),
    top: points(one.height - top),
  }
}
