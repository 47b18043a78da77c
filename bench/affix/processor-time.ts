import { readdirSync, readFileSync } from 'node:fs'

/** Processor time so far, in milliseconds: of the parts of one affixing, and of the whole machine. */
export type ProcessorTimes = { service: number; generator: number; postgres: number; machine: number }

/** Linux counts in hundredths of a second (proc(5), USER_HZ). */
const millisecondsPerTick = 10

type Stat = { parent: number; own: number; reaped: number }

/** Fields of /proc/<pid>/stat behind the name, which may hold spaces; undefined when the process is gone. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15)
    return {
      parent: fields[1] ?? 0,
      own: (user + system) * millisecondsPerTick,
      reaped: (reapedUser + reapedSystem) * millisecondsPerTick,
    }
  } catch {
    return undefined
  }
}

/** A process and its children, those that ended too. */
function treeTime(pid: number): number {
  const root = statOf(pid)
  let sum = (root?.own ?? 0) + (root?.reaped ?? 0)
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    if (stat?.parent === pid) sum += stat.own
  }
  return sum
}

/** All that ran on any core: everything but idle and waiting for disks. */
function machineTime(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = readFileSync('/proc/stat', 'latin1')
    .split('\n', 1)
    .flatMap((line) => line.split(/\s+/))
    .map(Number)
  return (user + nice + system + irq + softIrq) * millisecondsPerTick
}

/** Reads the clocks of these processes; the database's by its first process. */
export function readProcessorTimes(of: {
  services: readonly number[]
  generator: number
  postgres: number
}): ProcessorTimes {
  return {
    service: of.services.reduce((sum, pid) => sum + (statOf(pid)?.own ?? 0), 0),
    generator: statOf(of.generator)?.own ?? 0,
    postgres: treeTime(of.postgres),
    machine: machineTime(),
  }
}

/** What was used between two readings. */
export function processorTimesBetween(from: ProcessorTimes, to: ProcessorTimes): ProcessorTimes {
  return {
    service: to.service - from.service,
    generator: to.generator - from.generator,
    postgres: to.postgres - from.postgres,
    machine: to.machine - from.machine,
  }
}
