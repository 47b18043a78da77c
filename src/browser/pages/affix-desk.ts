import type { Refusal } from '../../errors.ts'
import type { FromAffix, OnTheWay, ToAffix } from './affix-messages.ts'

type Asked = ToAffix extends infer Each ? (Each extends { id: number } ? Omit<Each, 'id'> : never) : never
type Told = Exclude<FromAffix, { kind: 'step' | 'note' }>

/** The worker that holds one document. */
export type Desk = {
  /** Answers with what became of it; `onTheWay` hears steps and notes before that. */
  ask(asked: Asked, onTheWay?: (told: OnTheWay) => void): Promise<Told>
  close(): void
}

/** Starts a worker; `files`: its module, and behind it what that imports. One that dies answers everything with a refusal that may be tried again. */
export function openDesk(files: string): Desk {
  const worker = new Worker(files.split(' ', 1)[0] ?? '', { type: 'module' })
  const waiting = new Map<number, { settle(told: Told): void; onTheWay: (told: OnTheWay) => void }>()
  let last = 0
  worker.addEventListener('message', ({ data }: MessageEvent<FromAffix>) => {
    const asked = waiting.get(data.id)
    if (data.kind === 'step' || data.kind === 'note') return asked?.onTheWay(data)
    waiting.delete(data.id)
    asked?.settle(data)
  })
  let end: Refusal | undefined
  worker.addEventListener('error', (event) => {
    // what died says of what; what was never loaded says nothing
    end = { code: event instanceof ErrorEvent ? 'too_complex' : 'service_unreachable' }
    for (const [id, asked] of waiting) asked.settle({ id, kind: 'refused', refusal: end })
    waiting.clear()
  })
  return {
    ask(asked, onTheWay = () => undefined) {
      const id = ++last
      if (end !== undefined) return Promise.resolve({ id, kind: 'refused', refusal: end })
      return new Promise((settle) => {
        waiting.set(id, { settle, onTheWay })
        worker.postMessage({ id, ...asked }, [])
      })
    },
    close: () => worker.terminate(),
  }
}
