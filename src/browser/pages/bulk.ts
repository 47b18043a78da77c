import { dropBatch, findBatch } from './bulk-journal.ts'
import type { openBulk } from './bulk-core.ts'
import { find, make, makeNotice, showScripted } from './make.ts'

// The beginning of the bulk page: small, so that it is there at once. What reads and stamps is loaded when documents are chosen.

const root = find(document, '[data-bulk]', HTMLElement)
const form = find(root, 'form', HTMLFormElement)
const table = find(form, '#table', HTMLInputElement)
const documents = find(form, '#documents', HTMLInputElement)
const type = find(form, '#type', HTMLSelectElement)
const tag = find(form, '#tag', HTMLInputElement)
const stage = find(root, '[data-stage]', HTMLElement)
const unfinished = find(root, '[data-unfinished]', HTMLElement)

function showForm(isShown: boolean): void {
  for (const each of root.querySelectorAll('[data-start]')) each.toggleAttribute('hidden', !isShown)
}

let opening: ReturnType<typeof openBulk> | undefined

async function openCore(): ReturnType<typeof openBulk> {
  const core: { openBulk: typeof openBulk } = await import(root.dataset['core'] ?? '')
  return core.openBulk(root, () => showForm(true))
}

showScripted(root)
documents.multiple = true
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const order = {
    table: table.files?.[0],
    files: [...(documents.files ?? [])],
    documentType: type.value,
    tag: tag.value.trim() || undefined,
  }
  showForm(false)
  unfinished.setAttribute('hidden', '')
  opening ??= openCore()
  opening
    .then((bulk) => bulk.plan(order))
    .catch(() => {
      opening = undefined
      showForm(true)
      stage.replaceChildren(makeNotice('warn', make('p', {}, root.dataset['notLoaded'] ?? '')))
    })
})

const batch = await findBatch(root.dataset['account'] ?? '', Date.now())
if (batch !== undefined) {
  const { name, done, total, batchKey } = batch
  const words = (root.dataset['unfinishedWords'] ?? '')
    .replace('?name', name)
    .replace('?done', String(done))
    .replace('?total', String(total))
  find(unfinished, 'p', HTMLElement).textContent = words
  find(unfinished, 'button', HTMLButtonElement).addEventListener('click', () => {
    void dropBatch(batchKey)
    unfinished.setAttribute('hidden', '')
  })
  unfinished.removeAttribute('hidden')
}
