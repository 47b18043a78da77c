import { execFile } from 'node:child_process'
import type { Image } from './image.ts'
import { readPixmap } from './image.ts'

/** The judges are programs of others; one that takes longer than this has no opinion. */
const judgeMilliseconds = 60_000
const outputBytesMax = 512 * 1024 * 1024

type Said = { status: number | undefined; stdout: Buffer; stderr: string }

function run(command: string, words: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', timeout: judgeMilliseconds, maxBuffer: outputBytesMax } as const
    execFile(command, words, options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') {
        reject(new Error(`${command} is not installed; bench:corpus needs Debian's qpdf and poppler-utils`))
        return
      }
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
      resolve({ status, stdout, stderr: stderr.toString('latin1') })
    })
  })
}

/** What `qpdf --check` thinks: 0 good, 1 warnings, 2 errors; complaints without the numbers and names that differ between files. */
export type Structure = { rank: number; complaints: ReadonlySet<string> }

export async function judgeStructure(path: string): Promise<Structure> {
  const { status, stdout, stderr } = await run('qpdf', ['--check', path])
  const rows = `${stdout.toString('latin1')}${stderr}`.split('\n').filter((row) => /WARNING|ERROR|qpdf:/.test(row))
  const complaints = rows.map((row) =>
    row.replaceAll(path, 'FILE').replaceAll(/\d+/g, 'N').replace('linearization hint stream: ', ''),
  )
  return { rank: status === 0 ? 0 : status === 3 ? 1 : 2, complaints: new Set(complaints) }
}

/** One signature as pdfsig sees it. */
export type SeenSignature = { field: string; isValid: boolean; isTotal: boolean }

/** Every signature by `pdfsig`, certificates aside; undefined where it cannot open the file. */
export async function judgeSignatures(path: string): Promise<SeenSignature[] | undefined> {
  const { status, stdout } = await run('pdfsig', ['-nocert', path])
  const text = stdout.toString('utf8')
  // 2: no signatures; 1 comes both for a file it cannot open and for signatures that are not valid
  if (status === undefined || (status === 1 && !text.includes('Signature #'))) return undefined
  return text
    .split(/^Signature #\d+:$/m)
    .slice(1)
    .map((block) => ({
      field: /Signature Field Name: (.*)/.exec(block)?.[1] ?? '',
      isValid: block.includes('Signature is Valid.'),
      isTotal: block.includes('Total document signed'),
    }))
}

/** Page 1 as poppler draws it, its longer side of so many pixels; undefined where it draws nothing. */
export async function drawPage(path: string, longerSide: number): Promise<Image | undefined> {
  const { stdout } = await run('pdftoppm', ['-cropbox', '-scale-to', String(longerSide), '-f', '1', '-l', '1', path])
  return readPixmap(stdout)
}
