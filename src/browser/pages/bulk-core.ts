import type { Refusal } from '../../errors.ts'
import { dropBatch } from './bulk-journal.ts'
import type { BulkOrder, BulkPlace, FromBulk, PlanTold, RunTold, ToBulk } from './bulk-messages.ts'
import { makeBar, makeEnd, makePlan } from './bulk-views.ts'
import { make, makeNotice } from './make.ts'
import { fetchWords, sayRefusal, type Say } from './words.ts'

/** Many documents on this page: a dry run first, then all of them, then their copies. */
export type PageBulk = { plan(order: BulkOrder): void }

/** Takes the page over: `root` says where everything lies; `again` shows the form once more. */
export async function openBulk(root: HTMLElement, again: () => void): Promise<PageBulk> {
  const say = await fetchWords(root.dataset['words'] ?? '')
  return new Bulk(root, say, again)
}

/** Refusals that the person answers by another PIN, on the same plan. */
const pinRefusals = ['pin_wrong', 'pin_locked', 'pin_cooling', 'pin_not_set']

class Bulk implements PageBulk {
  private readonly root: HTMLElement
  private readonly say: Say
  private readonly again: () => void
  private readonly stage: HTMLElement
  private readonly worker: Worker
  private bar: ReturnType<typeof makeBar> | undefined
  private order: BulkOrder | undefined
  private told: PlanTold | undefined
  private isRunning = false

  constructor(root: HTMLElement, say: Say, again: () => void) {
    this.root = root
    this.say = say
    this.again = again
    const stage = root.querySelector('[data-stage]')
    if (!(stage instanceof HTMLElement)) throw new Error('the page has no stage')
    this.stage = stage
    this.worker = new Worker(root.dataset['worker'] ?? '', { type: 'module' })
    this.worker.addEventListener('message', ({ data }: MessageEvent<FromBulk>) => this.hear(data))
    this.worker.addEventListener('error', () => this.refuse({ code: 'too_complex' }))
    // leaving in the middle loses nothing, but the person should know that it is not done
    addEventListener('beforeunload', (event) => {
      if (this.isRunning) event.preventDefault()
    })
  }

  plan(order: BulkOrder): void {
    this.order = order
    this.bar = makeBar(this.say, 'looking')
    this.show(this.bar.nodes)
    const { csrf, account = '', verifier = '' } = this.root.dataset
    const place: BulkPlace = { csrf, account, verifier }
    this.ask({ kind: 'plan', order, place })
  }

  private ask(asked: ToBulk): void {
    this.worker.postMessage(asked, [])
  }

  private hear(told: FromBulk): void {
    switch (told.kind) {
      case 'looking':
      case 'progress':
        return this.bar?.show(told.done, told.total)
      case 'planned':
        this.told = told.plan
        return this.showPlan(told.plan)
      case 'problem':
        return this.showProblem(this.say(`massal.table.${told.problem}`, { column: told.column ?? '' }))
      case 'ended':
        this.isRunning = false
        return this.showEnd(told.run)
      default:
        return this.refuse(told.refusal)
    }
  }

  private showPlan(plan: PlanTold, wrong?: Refusal): void {
    const nodes = makePlan(this.say, plan, {
      buyPath: this.root.dataset['buy'],
      wrong,
      run: (pin) => this.run(pin),
      again: () => this.startAgain(),
    })
    this.show(nodes)
  }

  private run(pin: string | undefined): void {
    this.isRunning = true
    this.bar = makeBar(this.say, 'progress')
    this.bar.show(0, this.told?.ready ?? 0)
    this.show([...this.bar.nodes, make('p', { class: 'soft' }, this.say('massal.mayClose'))])
    this.ask({ kind: 'run', pin })
  }

  private showEnd(run: RunTold): void {
    const isWhole = run.ended === undefined && !run.results.some(({ state }) => state === 'left')
    this.show(
      makeEnd(this.say, run, {
        goOn: () => this.goOn(),
        again: () => this.startAgain(),
        taken: () => {
          if (isWhole) void dropBatch(run.batchKey)
        },
      }),
    )
  }

  private goOn(): void {
    if (this.order !== undefined) this.plan(this.order)
  }

  private startAgain(): void {
    this.stage.replaceChildren()
    this.again()
  }

  private refuse(refusal: Refusal): void {
    const { told, isRunning } = this
    this.isRunning = false
    // the batch is a draft still: the same plan stands
    if (isRunning && told !== undefined && pinRefusals.includes(refusal.code)) return this.showPlan(told, refusal)
    // its batch was cancelled meanwhile: the plan asks for the PIN now
    if (isRunning && refusal.code === 'authorization_missing') return this.goOn()
    const goOn = make('button', { type: 'button', class: 'button', click: () => this.goOn() }, this.say('massal.goOn'))
    this.show([makeNotice('bad', make('p', {}, sayRefusal(this.say, refusal))), goOn, this.againButton()])
  }

  private showProblem(sentence: string): void {
    this.show([makeNotice('bad', make('p', {}, sentence)), this.againButton()])
  }

  private againButton(): HTMLElement {
    const click = () => this.startAgain()
    return make('button', { type: 'button', class: 'button button-quiet', click }, this.say('massal.again'))
  }

  private show(nodes: readonly Node[]): void {
    this.stage.replaceChildren(...nodes)
    const first = this.stage.querySelector('[tabindex="-1"]')
    if (first instanceof HTMLElement) first.focus()
  }
}
