import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli, type CliSurroundings } from '../../src/cli/run.ts'
import type { Starters } from '../../src/cli/command.ts'
import type { Terminal } from '../../src/cli/pdf-password.ts'

/** What one command said and how it ended; `json` is its last line where that is an object. */
export type Ran = { exitCode: number; out: string; err: string; json: Record<string, unknown> }

/** A folder for one test, and commands that run in it without seeing anything of this machine. */
export type CommandLine = {
  folder: string
  path(name: string): string
  run(...argv: string[]): Promise<Ran>
  environment: Record<string, string>
  remove(): Promise<void>
}

/** Nobody sits there. */
export const noTerminal: Terminal = {
  isTTY: false,
  setRawMode: () => {},
  on: () => {},
  off: () => {},
  resume: () => {},
  pause: () => {},
}

/** A terminal at which somebody types these chunks; `raw` tells whether typing is shown. */
export function typing(...chunks: (string | Buffer)[]): Terminal & { raw: boolean[]; open: boolean } {
  const keyboard = new EventEmitter()
  const terminal = {
    isTTY: true,
    raw: Array<boolean>(),
    open: false,
    setRawMode: (raw: boolean) => terminal.raw.push(raw),
    on: (event: 'data', heard: (chunk: Buffer | string) => void) => keyboard.on(event, heard),
    off: (event: 'data', heard: (chunk: Buffer | string) => void) => keyboard.off(event, heard),
    resume: () => {
      terminal.open = true
      for (const chunk of chunks) keyboard.emit('data', chunk)
    },
    pause: () => void (terminal.open = false),
  }
  return terminal
}

const unused = () => Promise.reject(new Error('this command starts nothing'))

/** Starters that no command of the test may use, except those given. */
export function startersWith(given: Partial<Starters>): Starters {
  return {
    serve: unused,
    migrate: unused,
    checkLedger: unused,
    checkAudit: unused,
    grantQuota: unused,
    operatorProofing: { list: unused, show: unused, decide: unused },
    operatorAccess: {
      find: unused,
      askContact: unused,
      askAuthenticator: unused,
      list: unused,
      approve: unused,
      cancel: unused,
    },
    startTemporary: unused,
    purchases: {
      checkPayments: unused,
      listRefunds: unused,
      showRefund: unused,
      approveRefund: unused,
      setRefundDestination: unused,
      payRefund: unused,
      setCreditLimit: unused,
      linkAccounts: unused,
    },
    ...given,
  }
}

/** A command line in a temporary folder; `environment` names the service. */
export async function openCommandLine(
  environment: Record<string, string> = {},
  starters: Partial<Starters> = {},
  terminal: Terminal = noTerminal,
): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'openmeterai-cli-'))
  const set: Record<string, string> = {
    METERAI_STATE: join(folder, 'state'),
    METERAI_DATA: join(folder, 'data'),
    LANG: 'en_US.UTF-8',
    ...environment,
  }
  return {
    folder,
    environment: set,
    path: (name) => join(folder, name),
    async run(...argv) {
      const said = { out: '', err: '' }
      const surroundings: CliSurroundings = {
        environment: set,
        starters: startersWith(starters),
        out: { write: (piece) => (said.out += piece) },
        err: { write: (piece) => (said.err += piece) },
        workingFolder: folder,
        terminal,
        wait: () => Promise.resolve(),
      }
      const exitCode = await runCli(argv, surroundings)
      return { exitCode, ...said, json: lastObject(said.out) }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function lastObject(out: string): Record<string, unknown> {
  const last = out.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? JSON.parse(last) : {}
}
