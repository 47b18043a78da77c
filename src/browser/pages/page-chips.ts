import { make } from './make.ts'
import type { Say } from './words.ts'

/** Pages on each side of the one that is shown. */
const beside = 2

/** The numbers that are offered: the first, the last, and those around `at`; undefined where some are left out between. */
export function offeredPages(count: number, at: number): (number | undefined)[] {
  const around = Array.from({ length: 2 * beside + 1 }, (_, index) => at - beside + index)
  const offered = [...new Set([1, ...around.filter((page) => page > 1 && page < count), count])]
  return offered.flatMap((page, index) => {
    const before = offered[index - 1]
    return before === undefined || before === page - 1 ? [page] : [undefined, page]
  })
}

/** The pages of a document as a row of numbers; `turn` hears the one that is pressed. Empty for a single page. */
export function makePageChips(
  say: Say,
  count: number,
  turn: (page: number) => void,
): { element: HTMLElement; show(at: number): void } {
  let shown = 0
  const element = make('nav', { class: 'tools', 'aria-label': say('affix.pageList') })
  return {
    element,
    show(at) {
      if (count === 1 || at === shown) return
      shown = at
      const hadFocus = element.contains(document.activeElement)
      const chips = offeredPages(count, at).map((page) =>
        page === undefined
          ? make('span', { 'aria-hidden': 'true' }, '…')
          : make(
              'button',
              {
                type: 'button',
                class: 'button button-quiet',
                'aria-label': say('affix.pageNumber', { page }),
                'aria-current': page === at ? 'page' : undefined,
                click: () => turn(page),
              },
              String(page),
            ),
      )
      element.replaceChildren(...chips)
      if (hadFocus) element.querySelector<HTMLElement>('[aria-current]')?.focus()
    },
  }
}
