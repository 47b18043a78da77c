import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * When a process began, as a text that two processes of the same number never share: clock ticks since boot on Linux
 * (proc(5), field 22 of stat), ps's start date elsewhere. Undefined when no such process runs (a zombie does not run).
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform !== 'linux') return startByPs(pid)
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name in field 2 may hold spaces and brackets: fields are counted after its last bracket.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19]
}

async function startByPs(pid: number): Promise<string | undefined> {
  const answer = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => undefined)
  const text = answer?.stdout.trim() ?? ''
  return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '')
}

/** The words a running process was started with; empty when it is gone or not ours to see. */
export async function processCommand(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return line.split('\0').filter((word) => word !== '')
  }
  const answer = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined)
  return answer?.stdout.trim().split(' ') ?? []
}
