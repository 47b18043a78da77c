import { askRegistry } from '../client/registry.ts'
import type { Connection } from '../client/transport.ts'
import { checkItemsMax, verifyLingerMilliseconds } from '../limits/stamping.ts'
import type { RegistryAnswer } from '../stamp/check/verdict.ts'

type Pair = { serial: string; digest: string }
type Answers = RegistryAnswer[] | 'unreachable'

/** Asks the registry about the pairs of many files together: up to 1,000 in one call, each waiting a moment for others. */
export type Questions = {
  /** Rejects for what `askRegistry` throws. */
  ask(pairs: readonly Pair[]): Promise<Answers>
  /** Nobody else comes: what waits goes at once. */
  hurry(): void
}

/** Questions over this connection; without one nothing is reached. */
export function openQuestions(connection: Connection | undefined): Questions {
  let waiting: { pairs: readonly Pair[]; resolve(answers: Answers): void; reject(error: unknown): void }[] = []
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let isHurried = false

  async function send(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const asked = waiting
    waiting = []
    count = 0
    if (connection === undefined || asked.length === 0) return
    try {
      const outcome = await askRegistry(
        connection,
        asked.flatMap(({ pairs }) => pairs),
      )
      for (const one of asked) one.resolve(outcome.ok ? outcome.answers : 'unreachable')
    } catch (error) {
      for (const one of asked) one.reject(error)
    }
  }

  return {
    ask(pairs) {
      if (connection === undefined) return Promise.resolve('unreachable')
      if (pairs.length === 0) return Promise.resolve([])
      if (count + pairs.length > checkItemsMax) void send()
      return new Promise((resolve, reject) => {
        waiting.push({ pairs, resolve, reject })
        count += pairs.length
        if (isHurried) void send()
        else timer ??= setTimeout(() => void send(), verifyLingerMilliseconds)
      })
    },
    hurry() {
      isHurried = true
      void send()
    },
  }
}
