type Child = Node | string | undefined

/** What an element is made with: attributes, and what happens on a click. Undefined attributes are left out. */
export type Made = Record<string, string | number | boolean | undefined | ((event: Event) => void)>

/** A new element. Text is always text, never markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  made: Made = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(made)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name, value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

const shapes = {
  good: 'M5 13l5 5 9-11',
  warn: 'M12 4v10M12 18.5v.5',
  bad: 'M6 6l12 12M18 6L6 18',
  plain: 'M12 11v6M12 7v.5M12 3a9 9 0 100 18 9 9 0 000-18z',
  wait: 'M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z',
} as const
export type Shape = keyof typeof shapes

/** The shape beside a word, as the server's pages draw it. */
export function makeIcon(shape: Shape, size = 24): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const icon = document.createElementNS(space, 'svg')
  icon.setAttribute('class', 'icon')
  icon.setAttribute('viewBox', '0 0 24 24')
  icon.setAttribute('width', String(size))
  icon.setAttribute('height', String(size))
  icon.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(space, 'path')
  path.setAttribute('d', shapes[shape])
  icon.append(path)
  return icon
}

/** What a step is about; it is read out when the step shows. */
export const makeHeading = (words: string): HTMLElement => make('h2', { tabindex: -1 }, words)

/** Something to know before going on. */
export function makeNotice(tone: Exclude<Shape, 'wait'>, ...children: readonly Child[]): HTMLElement {
  const role = tone === 'bad' ? 'alert' : 'note'
  return make('div', { class: `notice ${tone}`, role }, makeIcon(tone), make('div', {}, ...children))
}

/** The element of that selector and kind. Throws where the page has none: page and script belong together. */
export function find<Kind extends Element>(within: ParentNode, selector: string, kind: new () => Kind): Kind {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}

/** Shows what needs a script, and hides what is there without one; the other way round where the script could not be had whole. */
export function showScripted(within: ParentNode, isScripted = true): void {
  for (const element of within.querySelectorAll('[data-with-script]')) element.toggleAttribute('hidden', !isScripted)
  for (const element of within.querySelectorAll('[data-without-script]')) element.toggleAttribute('hidden', isScripted)
}
