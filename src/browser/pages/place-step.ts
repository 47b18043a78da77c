import { type StampPlace } from '../../client/stamp-places.ts'
import type { Draft } from './affix-draft.ts'
import type { FromAffix } from './affix-messages.ts'
import { make, makeHeading, makeNotice } from './make.ts'
import type { PagePictures } from './page-pictures.ts'
import { makePlaceView } from './place-view.ts'
import { sayRefusal, type Say } from './words.ts'

/** A place is looked at when the stamp has stood there so long. */
const settledMilliseconds = 200

type PlaceStep = {
  pictures(): PagePictures | undefined
  /** Draws the stamp to come on a canvas, now or when it can. */
  drawStamp(canvas: HTMLCanvasElement): void
  /** Where the picture of the rule lies. */
  rulePicture: string
  /** Whether the stamp may stand there, and what it would cover. */
  look(place: StampPlace): Promise<FromAffix | undefined>
  next(): void
}

/** Where the stamp stands, on the first document's page; it leads on from any place that may be. */
export function makePlaceStep(say: Say, draft: Draft, on: PlaceStep): { nodes: Node[]; draw(): void } {
  const warnings = make('div', { role: 'status' })
  const next = make('button', { type: 'button', class: 'button', click: () => on.next() }, say('affix.toReview'))
  let turn = 0
  const look = async () => {
    const mine = ++turn
    const told = await on.look(draft.place)
    if (mine !== turn || told === undefined || !('warnings' in told)) return
    const refused = told.refusal === undefined ? [] : [makeNotice('bad', sayRefusal(say, told.refusal))]
    warnings.replaceChildren(...refused, ...told.warnings.map((each) => makeNotice('warn', say(`cli.warning.${each}`))))
    next.disabled = told.refusal !== undefined
  }
  let timer = 0
  const view = makePlaceView({
    say,
    document: draft.looked.document,
    pictures: () => on.pictures(),
    drawStamp: (canvas) => on.drawStamp(canvas),
    place: draft.place,
    spot: draft.suggested?.spot,
    changed: (place) => {
      draft.place = place
      clearTimeout(timer)
      timer = window.setTimeout(() => void look(), settledMilliseconds)
    },
  })
  const { length: others } = draft.others
  const rules = [
    make(
      'p',
      { class: 'rule' },
      make('img', { src: on.rulePicture, alt: '', width: 120, height: 72 }),
      make('span', {}, say('affix.rule')),
    ),
    ...(others === 0 ? [] : [makeNotice('plain', say('affix.placeForAll', { count: others + 1 }))]),
  ]
  const side = make('div', { class: 'desk-side' }, ...rules, view.tools, warnings, next)
  void look()
  return {
    nodes: [makeHeading(say('affix.placeHeading')), make('div', { class: 'desk' }, view.sheet, side)],
    draw: () => view.draw(),
  }
}
