import type { Database, Tx } from './database.ts'

/** Transactions of which the next is begun before its work is there: the trip to the database that begins it lies behind it then. */
export type Ahead = {
  /** Begins one for the next `run`, unless one stands ready. */
  begin(): void
  /** As `Database.transaction`, in the one that stands ready where one does. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

type Work = (tx: Tx) => Promise<void>
/** Resolves when the work is committed. */
type Ready = (work: Work) => Promise<void>

/** One that stands ready and is not taken for `idleMilliseconds` ends empty. */
export function transactionsAhead(database: Database, idleMilliseconds: number): Ahead {
  let ready: Ready | undefined

  function beginOne(): Ready {
    let give: (work: Work) => void = () => undefined
    const given = new Promise<Work>((resolve) => (give = resolve))
    const ended = database.transaction(async (tx) => (await given)(tx))
    const idle = setTimeout(() => {
      withdraw()
      give(() => Promise.resolve())
    }, idleMilliseconds)
    function withdraw(): void {
      if (ready === take) ready = undefined
    }
    function take(work: Work): Promise<void> {
      clearTimeout(idle)
      give(work)
      return ended
    }
    // lost before anybody took it: nobody has to hear
    ended.catch(withdraw)
    return take
  }

  return {
    begin() {
      ready ??= beginOne()
    },
    async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      const take = ready
      if (take === undefined) return database.transaction(work)
      ready = undefined
      let done: { value: T } | undefined
      await take(async (tx) => {
        done = { value: await work(tx) }
      })
      if (done === undefined) throw new Error('a transaction was committed without its work')
      return done.value
    },
  }
}
