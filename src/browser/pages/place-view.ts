import type { DocumentFacts } from '../../stamp/pdf/document-facts.ts'
import { pointsPerUnit } from '../../stamp/recipe.ts'
import { make } from './make.ts'
import { makePageChips } from './page-chips.ts'
import type { PagePictures } from './page-pictures.ts'
import { openPageZoom } from './place-zoom.ts'
import { keepInside, placeOf, presets, snap, type Preset, type StampPlace } from '../../client/stamp-places.ts'
import type { Say } from './words.ts'

/** What the view shows: `changed` hears every new place, at once. */
export type PlaceGiven = {
  say: Say
  document: DocumentFacts
  pictures(): PagePictures | undefined
  drawStamp(canvas: HTMLCanvasElement): void
  place: StampPlace
  /** Where the document says that somebody signs. */
  spot: StampPlace | undefined
  changed(place: StampPlace): void
}

const mm = (points: number) => Math.round((points / pointsPerUnit.mm) * 10) / 10

/** The page with the stamp on it, to be moved by drag, tap, arrow keys, numbers or by name. Pictures come as they are drawn. */
export function makePlaceView(given: PlaceGiven): { sheet: HTMLElement; tools: HTMLElement; draw(): void } {
  const { say, document: facts } = given
  let place = given.place
  const canvas = make('canvas', { 'aria-hidden': 'true' })
  const stampCanvas = make('canvas', { width: 400, height: 400 })
  given.drawStamp(stampCanvas)
  const stamp = make(
    'div',
    {
      class: 'stamp',
      tabindex: 0,
      role: 'application',
      'aria-label': say('affix.stampLabel'),
      'aria-describedby': 'place-keys',
    },
    stampCanvas,
  )
  const sheet = make('div', { class: 'sheet' }, canvas, stamp)
  const frame = make('div', { class: 'sheet-frame' }, sheet)
  const page = () => facts.pages[place.page - 1] ?? { width: 595, height: 842 }
  const scale = () => sheet.clientWidth / page().width

  const fields = numberFields(say, (name, value) => {
    const points = value * pointsPerUnit.mm
    move({ ...place, ...{ left: { left: points }, bottom: { bottom: points }, side: { side: points } }[name] })
  })
  const pageField = make('input', {
    id: 'place-page',
    type: 'number',
    min: 1,
    max: facts.pages.length,
    inputmode: 'numeric',
  })
  pageField.addEventListener('change', () => turn(Number(pageField.value)))
  const chips = makePageChips(say, facts.pages.length, turn)
  const taps = followPointer({
    sheet,
    stamp,
    scale,
    place: () => place,
    move,
    settle: () => {
      const { place: to, snapped } = snap(place, facts)
      if (snapped) navigator.vibrate?.(8)
      move(to)
    },
  })
  const zoom = openPageZoom({ frame, sheet, shown: show, settled: draw, untap: () => taps.undo() })

  function show(): void {
    const { width, height } = page()
    // at first the whole page is seen, and the stamp on it
    sheet.style.width = `calc(min(100%, 78vh * ${width / height}) * ${zoom.now()})`
    sheet.style.aspectRatio = `${width} / ${height}`
    putStamp(stamp, place, page())
    fields.show({ left: mm(place.left), bottom: mm(place.bottom), side: mm(place.side) })
    pageField.value = String(place.page)
    chips.show(place.page)
  }
  function move(to: StampPlace): void {
    place = keepInside(to, page())
    show()
    given.changed(place)
  }
  function draw(): void {
    show()
    const width = Math.max(320, sheet.clientWidth) * Math.min(devicePixelRatio, 2)
    given
      .pictures()
      ?.draw(place.page, canvas, width)
      .catch(() => undefined)
  }
  function turn(to: number): void {
    const number = Math.min(Math.max(Math.round(to) || 1, 1), facts.pages.length)
    move({ ...place, page: number })
    draw()
  }
  const keys: Record<string, (() => void) | undefined> = {
    '+': () => zoom.step(1),
    '=': () => zoom.step(1),
    '-': () => zoom.step(-1),
    '0': () => zoom.whole(),
    PageUp: () => turn(place.page - 1),
    PageDown: () => turn(place.page + 1),
  }
  stamp.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey ? undefined : keys[event.key]
    if (act !== undefined) {
      event.preventDefault()
      return act()
    }
    const way = arrows[event.key]
    if (way === undefined) return
    event.preventDefault()
    const far = (event.shiftKey ? 10 : 1) * pointsPerUnit.mm
    move({ ...place, left: place.left + way[0] * far, bottom: place.bottom + way[1] * far })
  })

  const button = (label: string, name: string, click: () => void) =>
    make('button', { type: 'button', class: 'button button-quiet', 'aria-label': name, title: name, click }, label)
  const offered = presets.filter((preset) => placeOf(preset, facts, place.page, place.side) !== undefined)
  const goTo = (to: StampPlace | undefined) => {
    if (to === undefined) return
    move(to)
    draw()
  }
  const presetButton = (name: Preset | 'spot', to: () => StampPlace | undefined) =>
    make(
      'button',
      { type: 'button', class: 'button button-quiet', click: () => goTo(to()) },
      say(`affix.presets.${name}`),
    )
  const tools = make(
    'div',
    {},
    make('h3', {}, say('affix.preset')),
    make(
      'div',
      { class: 'tools' },
      ...(given.spot === undefined ? [] : [presetButton('spot', () => given.spot)]),
      ...offered.map((preset) => presetButton(preset, () => placeOf(preset, facts, place.page, place.side))),
    ),
    make('h3', {}, say('affix.exact')),
    make('p', { class: 'hint', id: 'place-keys' }, say('affix.keys')),
    fields.element,
  )
  const pageTools = make(
    'div',
    { class: 'tools' },
    ...(facts.pages.length === 1
      ? []
      : [
          button('‹', say('affix.pageBefore'), () => turn(place.page - 1)),
          make('label', { for: 'place-page', class: 'unseen' }, say('affix.page')),
          pageField,
          make('span', {}, say('affix.ofPages', { pages: facts.pages.length })),
          button('›', say('affix.pageAfter'), () => turn(place.page + 1)),
        ]),
    button('−', say('affix.smaller'), () => zoom.step(-1)),
    button('+', say('affix.larger'), () => zoom.step(1)),
  )
  return { sheet: make('div', {}, pageTools, frame, chips.element), tools, draw }
}

/** Where a stamp shows on its page, whatever the size of either on the screen. */
export function putStamp(
  stamp: HTMLElement,
  place: StampPlace,
  { width, height }: { width: number; height: number },
): void {
  stamp.style.left = `${(place.left / width) * 100}%`
  stamp.style.bottom = `${(place.bottom / height) * 100}%`
  stamp.style.width = `${(place.side / width) * 100}%`
  stamp.style.height = `${(place.side / height) * 100}%`
}

const arrows: Record<string, readonly [number, number] | undefined> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

/** Dragging the stamp, and a tap on the page that brings it there; `undo` takes the last tap back, with the one just before it. */
function followPointer(on: {
  sheet: HTMLElement
  stamp: HTMLElement
  scale(): number
  place(): StampPlace
  move(to: StampPlace): void
  settle(): void
}): { undo: () => void } {
  const { sheet, stamp } = on
  let from: { x: number; y: number; place: StampPlace } | undefined
  stamp.addEventListener('pointerdown', (event) => {
    from = { x: event.clientX, y: event.clientY, place: on.place() }
    stamp.setPointerCapture(event.pointerId)
    event.preventDefault()
    stamp.focus({ preventScroll: true })
  })
  stamp.addEventListener('pointermove', (event) => {
    if (from === undefined) return
    const [right, down] = [(event.clientX - from.x) / on.scale(), (event.clientY - from.y) / on.scale()]
    on.move({ ...from.place, left: from.place.left + right, bottom: from.place.bottom - down })
  })
  const end = () => {
    if (from !== undefined) on.settle()
    from = undefined
  }
  stamp.addEventListener('pointerup', end)
  stamp.addEventListener('pointercancel', end)
  let untapped: StampPlace | undefined
  sheet.addEventListener('click', (event) => {
    // the second tap of a double one is about the zoom
    if (event.detail > 1) return
    untapped = on.place()
    if (event.target instanceof Node && stamp.contains(event.target)) return
    const box = sheet.getBoundingClientRect()
    const { side, ...rest } = on.place()
    const left = (event.clientX - box.left) / on.scale() - side / 2
    const bottom = (box.bottom - event.clientY) / on.scale() - side / 2
    on.move({ ...rest, side, left, bottom })
    on.settle()
  })
  return {
    undo() {
      if (untapped !== undefined) on.move(untapped)
    },
  }
}

type Name = 'left' | 'bottom' | 'side'

/** Three numbers in millimetres; a number is taken when its field is left. */
function numberFields(say: Say, take: (name: Name, value: number) => void) {
  const inputs = (['left', 'bottom', 'side'] as const).map((name) => {
    const input = make('input', { id: `place-${name}`, type: 'number', step: 0.5, min: 0, inputmode: 'decimal' })
    input.addEventListener('change', () => {
      if (input.value !== '') take(name, Number(input.value))
    })
    return [name, input] as const
  })
  const fields = inputs.map(([name, input]) =>
    make('div', { class: 'field' }, make('label', { for: input.id }, say(`affix.${name}`)), input),
  )
  return {
    element: make('div', { class: 'numbers' }, ...fields),
    show(values: Record<Name, number>) {
      for (const [name, input] of inputs) if (document.activeElement !== input) input.value = String(values[name])
    },
  }
}
