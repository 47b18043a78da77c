import { readFile } from 'node:fs/promises'
import { localExits, Stopped } from './outcome.ts'
import { systemCode } from './pdf-file.ts'

/** A terminal that can be asked without showing what is typed; process.stdin is one, and is none where `isTTY` is not set. */
export type Terminal = {
  isTTY?: boolean
  setRawMode(raw: boolean): unknown
  on(event: 'data', heard: (chunk: Buffer | string) => void): unknown
  off(event: 'data', heard: (chunk: Buffer | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** The password of a PDF from its file or METERAI_PDF_PASSWORD; never from the arguments, which every process can read. */
export async function givenPassword(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (file === undefined) return environment['METERAI_PDF_PASSWORD'] || undefined
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    throw new Stopped('cli.file.unreadable', { path: file, reason: systemCode(error) }, localExits.inputMissing)
  }
}

/** Asks for a line that is not shown; undefined when nobody sits there or they give up (Ctrl-C, Ctrl-D). */
export function askPassword(terminal: Terminal, ask: () => void): Promise<string | undefined> {
  if (terminal.isTTY !== true) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const decoder = new TextDecoder()
    let typed = ''
    const end = (answer: string | undefined) => {
      terminal.off('data', heard)
      terminal.setRawMode(false)
      terminal.pause()
      resolve(answer)
    }
    const heard = (chunk: Buffer | string) => {
      const said = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
      for (const char of said) {
        if (char === '\r' || char === '\n') return end(typed)
        if (char === '\u{3}' || char === '\u{4}') return end(undefined)
        typed = char === '\u{7f}' || char === '\b' ? Array.from(typed).slice(0, -1).join('') : typed + char
      }
    }
    ask()
    terminal.setRawMode(true)
    terminal.on('data', heard)
    terminal.resume()
  })
}
