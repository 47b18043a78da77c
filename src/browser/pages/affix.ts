import type { openAffixing } from './affix-core.ts'
import { takeFiles } from './drop.ts'
import { find, make, makeNotice, showScripted } from './make.ts'
import { findWorks } from './kept-work.ts'
import { takeReturn } from './remembered.ts'

// The beginning of the affixing page: small, so that it is there at once. What reads and stamps a document is loaded when one is chosen.

const desk = find(document, '[data-desk]', HTMLElement)
const input = find(desk, 'input[type=file]', HTMLInputElement)
const stage = find(desk, '[data-stage]', HTMLElement)

async function begin(): Promise<Awaited<ReturnType<typeof openAffixing>>> {
  // one after another would be a way there and back for each; here they wait in the browser's cache until they are asked for
  for (const name of ['words', 'worker']) void fetch(desk.dataset[name] ?? '').catch(() => undefined)
  const core: { openAffixing: typeof openAffixing } = await import(desk.dataset['core'] ?? '')
  return core.openAffixing(desk)
}

/** What is needed cannot be had: the form below still works, and says that it sends the file. */
function fallBack(): void {
  stage.replaceChildren(makeNotice('warn', make('p', {}, desk.dataset['notLoaded'] ?? '')))
  for (const element of desk.querySelectorAll('[data-without-script]')) element.removeAttribute('hidden')
}

showScripted(desk)
// several at once are a thing of the script
input.multiple = true
// In some apps' own browsers downloads come to nothing: better to say so before than after.
if (/FBAN|FBAV|Instagram|musical_ly|BytedanceWebview|WhatsApp|Line\//.test(navigator.userAgent))
  find(desk, '[data-in-app]', HTMLElement).removeAttribute('hidden')
let opened: ReturnType<typeof begin> | undefined
const open = () => (opened ??= begin())
// whoever opens the list of their files is about to choose one
input.addEventListener('click', () => void open().catch(() => undefined), { once: true })
takeFiles(input, (files) => {
  open().then((affixing) => affixing.choose(files), fallBack)
})
const works = await findWorks(Date.now())
const order = new URLSearchParams(location.search).get('pesanan')
const returning = [...takeReturn(), ...(order === null ? [] : [order])]
if (works.length > 0) open().then((affixing) => affixing.offer(works, returning), fallBack)
