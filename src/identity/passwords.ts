import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openAskedProcess } from '../base/asked-process.ts'
import { Overloaded } from '../base/batching.ts'
import {
  passwordInsidePlaces,
  passwordProcessAddressSpaceKilobytes,
  passwordProcessHeapMegabytes,
  passwordProcessMilliseconds,
  passwordProcessPriority,
  passwordQueueMax,
  passwordRestTimes,
} from '../limits/people.ts'

/** What the process that hashes is asked, one at a time, and what it answers. */
export type ToPasswordProcess = { kind: 'hash'; password: string } | { kind: 'verify'; password: string; hash: string }
export type FromPasswordProcess =
  | { kind: 'hashed'; hash: string }
  | { kind: 'verified'; right: boolean }
  | { kind: 'failed' }

/** What is done with a password, by whoever has a place. */
export type Hashing = {
  /** The password's hash in PHC form. */
  hash(password: string): Promise<string>
  /** Whether the password is that of the hash. Without a hash (nobody has such an account) it takes just as long and answers false. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

/**
 * Hashes passwords by argon2id beside the service, at low priority: a storm of sign-ins takes what stamping leaves. Its own `hash` and
 * `verify` throw Overloaded where too many wait.
 */
export type Passwords = Hashing & {
  /**
   * Has a place kept while `work` runs, so that what it does before (counting a guess, spending a code) is never in vain. Throws Overloaded
   * where too many wait, before anything is done: whoever is turned away costs next to nothing. Those `inside` have some places more, and
   * go first.
   */
  withPlace<T>(work: (hashing: Hashing) => Promise<T>, side?: PasswordSide): Promise<T>
  /** Ends the process; what waits is refused. */
  close(): void
}

/** `door`: who is a stranger still (the default); `inside`: who signed in. */
export type PasswordSide = 'door' | 'inside'

type Waiting = {
  asked: ToPasswordProcess
  resolve(answer: FromPasswordProcess): void
  reject(error: unknown): void
}

/** Of a random password nobody has, under today's parameters: what an unknown account is verified against. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$3vM0E+Do3Wvh3Pb07s1/Mw$AZSxHQcsxQw18U+gQDd3v8YO6jqNT6gI1KLFy7dgcOo'

/** The one process of this service. `processPath`: for tests. */
export function openPasswords(
  options: { queueMax?: number; processPath?: string; timeoutMilliseconds?: number } = {},
): Passwords {
  const {
    queueMax = passwordQueueMax,
    processPath = fileURLToPath(new URL('password-process.ts', import.meta.url)),
    timeoutMilliseconds = passwordProcessMilliseconds,
  } = options
  const queues: Record<PasswordSide, Waiting[]> = { inside: [], door: [] }
  const process = openAskedProcess<ToPasswordProcess, FromPasswordProcess>('password', {
    modulePath: processPath,
    bounds: {
      heapMegabytes: passwordProcessHeapMegabytes,
      addressSpaceKilobytes: passwordProcessAddressSpaceKilobytes,
    },
    startMilliseconds: timeoutMilliseconds,
    answerMilliseconds: timeoutMilliseconds,
    priority: passwordProcessPriority,
  })
  let places = 0
  let busy = false
  let closed = false

  async function serve(): Promise<void> {
    busy = true
    const takeNext = () => queues.inside.shift() ?? queues.door.shift()
    for (let next = takeNext(); next !== undefined; next = takeNext()) {
      const started = performance.now()
      try {
        next.resolve(await process.ask(next.asked))
      } catch (error) {
        next.reject(closed ? new Overloaded() : error)
      }
      if (queues.inside.length + queues.door.length > 0) await delay((performance.now() - started) * passwordRestTimes)
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

  const hashingOf = (side: PasswordSide): Hashing => ({
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
  })

  async function withPlace<T>(work: (hashing: Hashing) => Promise<T>, side: PasswordSide = 'door'): Promise<T> {
    // one is in work beside those that wait
    if (closed || places > queueMax + (side === 'inside' ? passwordInsidePlaces : 0)) throw new Overloaded()
    places++
    try {
      return await work(hashingOf(side))
    } finally {
      places--
    }
  }

  return {
    withPlace,
    hash: (password) => withPlace((own) => own.hash(password)),
    verify: (hash, password) => withPlace((own) => own.verify(hash, password)),
    close() {
      closed = true
      for (const waiting of [...queues.inside.splice(0), ...queues.door.splice(0)]) waiting.reject(new Overloaded())
      process.close()
    },
  }
}
