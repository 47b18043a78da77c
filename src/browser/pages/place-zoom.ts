// A page on the screen made larger and smaller: by buttons and keys in steps, by two fingers, a double tap or the wheel as one likes.

/** How large a page is shown at least (whole) and at most, and the steps between. */
const steps = [1, 1.5, 2, 3, 4] as const
const most = 4

/** Where on the screen somebody zooms, in CSS pixels of the window. */
type Spot = { x: number; y: number }

/** The zoom of one page: 1 shows it whole. */
export type PageZoom = { now(): number; step(by: 1 | -1): void; whole(): void }

/**
 * Follows whoever zooms in `frame`, which scrolls over `sheet`. `shown` is told of every change and lays the sheet out; `settled` comes when
 * it is over, to draw the page finer. `untap` takes back what the taps of a double one did.
 */
export function openPageZoom(given: {
  frame: HTMLElement
  sheet: HTMLElement
  shown(): void
  settled(): void
  untap(): void
}): PageZoom {
  const { frame, sheet } = given
  let zoom = 1
  let pinch: { apart: number; zoom: number } | undefined

  /** The point of the page under `at` stays there. */
  function set(to: number, at: Spot): void {
    const wanted = Math.min(Math.max(to, 1), most)
    if (wanted === zoom) return
    const before = sheet.getBoundingClientRect()
    const [right, down] = [(at.x - before.left) / before.width, (at.y - before.top) / before.height]
    zoom = wanted
    given.shown()
    const after = sheet.getBoundingClientRect()
    frame.scrollBy(after.left + right * after.width - at.x, after.top + down * after.height - at.y)
  }

  const middle = (): Spot => {
    const { left, top, width, height } = frame.getBoundingClientRect()
    return { x: left + width / 2, y: top + height / 2 }
  }
  const between = ([one, other]: readonly Touch[]) => {
    if (one === undefined || other === undefined) return undefined
    const [x, y] = [one.clientX - other.clientX, one.clientY - other.clientY]
    return { apart: Math.hypot(x, y), at: { x: other.clientX + x / 2, y: other.clientY + y / 2 } }
  }

  frame.addEventListener('touchstart', ({ touches }) => {
    const fingers = between([...touches])
    if (fingers !== undefined) pinch = { apart: fingers.apart, zoom }
  })
  frame.addEventListener(
    'touchmove',
    (event) => {
      const fingers = between([...event.touches])
      if (fingers === undefined || pinch === undefined) return
      // the browser would zoom its whole window
      event.preventDefault()
      set((pinch.zoom * fingers.apart) / pinch.apart, fingers.at)
    },
    { passive: false },
  )
  for (const end of ['touchend', 'touchcancel'])
    frame.addEventListener(end, () => {
      if (pinch !== undefined) given.settled()
      pinch = undefined
    })
  frame.addEventListener(
    'wheel',
    (event) => {
      // what browsers send for two fingers on a trackpad
      if (!event.ctrlKey) return
      event.preventDefault()
      set(zoom * Math.exp(-event.deltaY / 200), { x: event.clientX, y: event.clientY })
      given.settled()
    },
    { passive: false },
  )
  sheet.addEventListener('dblclick', ({ clientX: x, clientY: y }) => {
    given.untap()
    set(zoom > 1 ? 1 : 2, { x, y })
    given.settled()
  })

  return {
    now: () => zoom,
    step(by) {
      const next = by > 0 ? steps.find((each) => each > zoom) : steps.findLast((each) => each < zoom)
      set(next ?? zoom, middle())
      given.settled()
    },
    whole() {
      set(1, middle())
      given.settled()
    },
  }
}
