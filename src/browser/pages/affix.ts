import type { openAffixing, PageAffixing } from './affix-core.ts'
import { takeFiles } from './drop.ts'
import { find, make, makeNotice, showScripted } from './make.ts'
import { findWorks } from './kept-work.ts'
import { takeReturn } from './remembered.ts'

// The beginning of the affixing page: small, so that it is there at once. What reads and stamps a document is loaded when one is chosen.

const desk = find(document, '[data-desk]', HTMLElement)
const input = find(desk, 'input[type=file]', HTMLInputElement)
const stage = find(desk, '[data-stage]', HTMLElement)

/** Asks for all of it at once: one after another would be a way there and back for each. It waits in the browser's cache. */
function fetchAhead(): void {
  for (const name of ['core', 'words', 'worker']) fetch(desk.dataset[name] ?? '').catch(() => undefined)
}

let tries = 0
async function begin(): Promise<PageAffixing> {
  fetchAhead()
  // a browser may remember that an address could not be had: each try has one of its own
  const core: { openAffixing: typeof openAffixing } = await import(`${desk.dataset['core'] ?? ''}#${tries++}`)
  return core.openAffixing(desk)
}

/** What is needed cannot be had: it may be tried again, and the form below still works, and says that it sends the file. */
function fallBack(again: () => void): void {
  const words = make('p', {}, desk.dataset['notLoaded'] ?? '')
  const button = make('button', { type: 'button', class: 'button', click: again }, desk.dataset['again'] ?? '')
  stage.replaceChildren(makeNotice('warn', words), button)
  showScripted(desk, false)
  stage.scrollIntoView({ block: 'nearest' })
}

showScripted(desk)
let opened: ReturnType<typeof begin> | undefined
function open(then: (affixing: PageAffixing) => void): void {
  opened ??= begin()
  const go = (affixing: PageAffixing): void => {
    showScripted(desk)
    return then(affixing)
  }
  opened.then(go, () => {
    opened = undefined
    fallBack(() => open(then))
  })
}
const chooseAgain = find(desk, '[data-choose-again]', HTMLElement)
takeFiles(input, (files) => {
  chooseAgain.setAttribute('hidden', '')
  open((affixing) => affixing.choose(files))
})
// whoever opens the list of their files is about to choose one
input.addEventListener('click', fetchAhead, { once: true })
const { own, others } = await findWorks(Date.now())
const order = new URLSearchParams(location.search).get('pesanan')
const returning = [...takeReturn(), ...(order === null ? [] : [order])]
if (others > 0) desk.querySelector('[data-others]')?.removeAttribute('hidden')
if (own.length > 0) open((affixing) => affixing.offer(own, returning))
// loaded anew in the middle, with nothing kept: why it begins again
else if (location.hash !== '' && location.hash !== '#done') chooseAgain.removeAttribute('hidden')
