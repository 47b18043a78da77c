import type { ChildProcess } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Overloaded } from '../base/batching.ts'
import { startBoundedProcess } from '../base/bounded-process.ts'
import {
  passwordInsidePlaces,
  passwordProcessAddressSpaceKilobytes,
  passwordProcessHeapMegabytes,
  passwordProcessMilliseconds,
  passwordProcessPriority,
  passwordQueueMax,
} from '../limits.ts'

/** What the process that hashes is asked, one at a time, and what it answers. */
export type ToPasswordProcess = { kind: 'hash'; password: string } | { kind: 'verify'; password: string; hash: string }
export type FromPasswordProcess =
  | { kind: 'ready' }
  | { kind: 'hashed'; hash: string }
  | { kind: 'verified'; right: boolean }
  | { kind: 'failed' }

/** Hashes passwords by argon2id beside the service, at low priority: a storm of sign-ins takes what stamping leaves. */
export type Passwords = {
  /**
   * A place among those that wait, to be taken before anything is counted or spent that an overload must not cost; left again by `leave`,
   * whatever came of it. Those inside have some of their own and go first. Throws Overloaded where too many wait.
   */
  takePlace(side: PasswordSide): PasswordPlace
  /** The password's hash in PHC form. Throws Overloaded where too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password is that of the hash. Without a hash (nobody has such an account) it takes just as long and answers false. Throws
   * Overloaded where too many wait.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /** Ends the process; what waits is refused. */
  close(): void
}

/** `door`: who is a stranger still; `inside`: who signed in. */
export type PasswordSide = 'door' | 'inside'

/** As `hash` and `verify` of Passwords, and never Overloaded but where the service stops. */
export type PasswordPlace = Pick<Passwords, 'hash' | 'verify'> & { leave(): void }

type Waiting = {
  asked: ToPasswordProcess
  resolve(answer: FromPasswordProcess): void
  reject(error: unknown): void
}

/** Of a random password nobody has, under today's parameters: what an unknown account is verified against. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$3vM0E+Do3Wvh3Pb07s1/Mw$AZSxHQcsxQw18U+gQDd3v8YO6jqNT6gI1KLFy7dgcOo'

/** The one process of this service; it starts with the first password, and again after one that died. `processPath`: for tests. */
export function openPasswords(
  options: { queueMax?: number; processPath?: string; timeoutMilliseconds?: number } = {},
): Passwords {
  const {
    queueMax = passwordQueueMax,
    processPath = fileURLToPath(new URL('password-process.ts', import.meta.url)),
    timeoutMilliseconds = passwordProcessMilliseconds,
  } = options
  const queues: Record<PasswordSide, Waiting[]> = { inside: [], door: [] }
  let places = 0
  let child: ChildProcess | undefined
  let busy = false
  let closed = false

  async function serve(): Promise<void> {
    busy = true
    const takeNext = () => queues.inside.shift() ?? queues.door.shift()
    for (let next = takeNext(); next !== undefined; next = takeNext()) {
      try {
        child ??= await startProcess(processPath, timeoutMilliseconds)
        if (closed) throw new Overloaded()
        next.resolve(await askProcess(child, next.asked, timeoutMilliseconds))
      } catch (error) {
        child?.kill('SIGKILL')
        child = undefined
        next.reject(closed ? new Overloaded() : error)
      }
    }
    busy = false
  }

  function ask(side: PasswordSide, asked: ToPasswordProcess): Promise<FromPasswordProcess> {
    if (closed) return Promise.reject(new Overloaded())
    return new Promise((resolve, reject) => {
      queues[side].push({ asked, resolve, reject })
      if (!busy) void serve()
    })
  }

  function takePlace(side: PasswordSide): PasswordPlace {
    // besides those that wait there is the one that is worked on
    const most = queueMax + 1 + (side === 'inside' ? passwordInsidePlaces : 0)
    if (closed || places >= most) throw new Overloaded()
    places++
    let isLeft = false
    return {
      async hash(password) {
        const answer = await ask(side, { kind: 'hash', password })
        if (answer.kind !== 'hashed') throw new Error(`the password process answered ${answer.kind}`)
        return answer.hash
      },
      async verify(hash, password) {
        const answer = await ask(side, { kind: 'verify', password, hash: hash ?? nobodysHash })
        if (answer.kind !== 'verified') throw new Error(`the password process answered ${answer.kind}`)
        return hash !== undefined && answer.right
      },
      leave() {
        if (!isLeft) places--
        isLeft = true
      },
    }
  }

  return {
    takePlace,
    hash: (password) => inPlace(takePlace, 'door', (place) => place.hash(password)),
    verify: (hash, password) => inPlace(takePlace, 'door', (place) => place.verify(hash, password)),
    close() {
      closed = true
      for (const queue of Object.values(queues)) for (const waiting of queue.splice(0)) waiting.reject(new Overloaded())
      child?.kill('SIGKILL')
    },
  }
}

/** Does the work in a place of its own, and leaves it. */
export async function inPlace<T>(
  takePlace: Passwords['takePlace'],
  side: PasswordSide,
  work: (place: PasswordPlace) => Promise<T>,
): Promise<T> {
  const place = takePlace(side)
  try {
    return await work(place)
  } finally {
    place.leave()
  }
}

async function startProcess(processPath: string, timeoutMilliseconds: number): Promise<ChildProcess> {
  const child = startBoundedProcess(processPath, {
    heapMegabytes: passwordProcessHeapMegabytes,
    addressSpaceKilobytes: passwordProcessAddressSpaceKilobytes,
  })
  try {
    // Now, while it is one thread: those it starts later inherit its priority.
    if (child.pid !== undefined) setPriority(child.pid, passwordProcessPriority)
    const first = await nextMessage(child, timeoutMilliseconds)
    if (first.kind !== 'ready') throw new Error(`the password process began with ${first.kind}`)
    return child
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

function askProcess(
  child: ChildProcess,
  asked: ToPasswordProcess,
  timeoutMilliseconds: number,
): Promise<FromPasswordProcess> {
  const answer = nextMessage(child, timeoutMilliseconds)
  child.send(asked, () => undefined)
  return answer
}

/** What the process says next; rejects when it dies, cannot be reached or takes too long. The message names no password. */
function nextMessage(child: ChildProcess, timeoutMilliseconds: number): Promise<FromPasswordProcess> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      child.off('message', heard).off('exit', died).off('error', died)
    }
    const fail = (why: string) => {
      stop()
      reject(new Error(`the password process ${why}`))
    }
    const heard = (message: FromPasswordProcess) => {
      stop()
      resolve(message)
    }
    const died = () => fail('died')
    const timer = setTimeout(() => fail('took too long'), timeoutMilliseconds)
    child.on('message', heard).on('exit', died).on('error', died)
    // It may have died while it had nothing to do.
    if (child.exitCode !== null || child.signalCode !== null) died()
  })
}
