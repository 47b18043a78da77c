import type * as Core from './affix-core.ts'
import type { PageAffixing } from './affix-core.ts'
import { takeFiles } from './drop.ts'
import { findWorks } from './kept-work.ts'
import { fetchAhead, fetchPart } from './load-part.ts'
import { find, make, makeNotice, showScripted } from './make.ts'
import { takeReturn } from './remembered.ts'

// The beginning of the affixing page: small, so that it is there at once. What reads and stamps a document is loaded when one is chosen.

const desk = find(document, '[data-desk]', HTMLElement)
const input = find(desk, 'input[type=file]', HTMLInputElement)
const stage = find(desk, '[data-stage]', HTMLElement)

const { core = '', words = '', worker = '', text = '' } = desk.dataset

async function begin(): Promise<PageAffixing> {
  // asked for at once: one after another would be a way there and back for each
  fetchAhead(`${words} ${worker}`)
  const address = await fetchPart(core)
  // what is waited for no longer than it is worth comes behind what is needed
  fetchAhead(text)
  const part: typeof Core = await import(address)
  return part.openAffixing(desk)
}

/** What is needed cannot be had: it may be tried again, and the form below still works, and says that it sends the file. */
function fallBack(again: () => void): void {
  const says = make('p', {}, desk.dataset['notLoaded'] ?? '')
  const button = make('button', { type: 'button', class: 'button', click: again }, desk.dataset['again'] ?? '')
  stage.replaceChildren(makeNotice('warn', says), button)
  // trying again is what is offered first
  for (const other of desk.querySelectorAll('[data-without-script] .button')) other.classList.add('button-quiet')
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
input.addEventListener('click', () => fetchAhead(`${core} ${words} ${worker}`), { once: true })
const { own, others } = await findWorks(Date.now())
const order = new URLSearchParams(location.search).get('pesanan')
const returning = [...takeReturn(), ...(order === null ? [] : [order])]
if (others > 0) desk.querySelector('[data-others]')?.removeAttribute('hidden')
if (own.length > 0) open((affixing) => affixing.offer(own, returning))
// loaded anew in the middle, with nothing kept: why it begins again
else if (location.hash !== '' && location.hash !== '#done') chooseAgain.removeAttribute('hidden')
