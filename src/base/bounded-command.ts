import { spawn } from 'node:child_process'

/** What a program of somebody else's may take: its output too is bounded, in bytes. */
export type CommandBounds = {
  addressSpaceKilobytes: number
  cpuSeconds: number
  milliseconds: number
  outputBytes: number
}

/**
 * Runs a program on what nobody vouches for, bounded by the shell's ulimit, with no environment but the search path; answers what it
 * wrote. Undefined where there is no such program, or it failed or took more than it may.
 */
export function runBoundedCommand(command: readonly string[], bounds: CommandBounds): Promise<Buffer | undefined> {
  const limits = `ulimit -c 0; ulimit -v ${bounds.addressSpaceKilobytes}; ulimit -t ${bounds.cpuSeconds}; exec "$@"`
  const [program = '', ...rest] = process.platform === 'win32' ? command : ['/bin/sh', '-c', limits, 'sh', ...command]
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: bounds.milliseconds,
    killSignal: 'SIGKILL',
  })
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let length = 0
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > bounds.outputBytes) child.kill('SIGKILL')
      else pieces.push(piece)
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 && length > 0 ? Buffer.concat(pieces) : undefined))
  })
}
