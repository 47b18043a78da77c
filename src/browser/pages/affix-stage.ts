import { find } from './make.ts'

/** The part of the page where the steps show, in place of the form it begins with. */
export type Stage = {
  /** Shows these instead of what was there; `step` counts along the line of steps. A heading that can be focused is. */
  show(nodes: readonly Node[], step?: number): void
  /** Shows the form again, empty. */
  clear(): void
}

/** The stage of the affixing page. */
export function openStage(root: HTMLElement): Stage {
  const stage = find(root, '[data-stage]', HTMLElement)
  const hideStart = (isHidden: boolean) => {
    for (const element of root.querySelectorAll('[data-start]')) element.toggleAttribute('hidden', isHidden)
  }
  const mark = (at: number) => {
    for (const [index, item] of root.querySelectorAll('.steps li').entries()) {
      item.classList.toggle('done', index < at)
      if (index === at) item.setAttribute('aria-current', 'step')
      else item.removeAttribute('aria-current')
    }
  }
  return {
    show(nodes, step = 0) {
      hideStart(true)
      stage.replaceChildren(...nodes)
      mark(step)
      const heading = stage.querySelector('h2[tabindex]')
      if (heading instanceof HTMLElement) heading.focus({ preventScroll: true })
      root.scrollIntoView({ block: 'start' })
    },
    clear() {
      stage.replaceChildren()
      hideStart(false)
      mark(0)
      const input = find(root, 'input[type=file]', HTMLInputElement)
      input.value = ''
      input.focus()
    },
  }
}
