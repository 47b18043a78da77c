import type { StampVerdict, Verdict } from '../../stamp/check/verdict.ts'
import { verdictWords } from '../../stamp/check/verdict-words.ts'
import { isFromCheck } from './check-messages.ts'
import { takeFiles } from './drop.ts'
import { find, make, makeIcon, makeNotice, showScripted } from './make.ts'
import { fetchWords, sayRefusal, type Say } from './words.ts'

/** A file that takes longer is given up: the most laborious real one takes seconds on a cheap phone. */
const checkMilliseconds = 120_000

/** The verdict as the server's page tells it. */
function makeVerdict(say: Say, verdict: Verdict): Node[] {
  const words = verdictWords(verdict)
  const named = verdict.serial === undefined ? {} : { serial: verdict.serial }
  const reasons = words.reasons.map((key) => make('li', {}, say(key)))
  return [
    make(
      'p',
      { class: `verdict ${words.tone}` },
      makeIcon(words.tone, 28),
      make('strong', {}, say(words.sentence, named)),
    ),
    ...(words.further === undefined ? [] : [make('p', {}, say(words.further, named))]),
    ...(reasons.length === 0 ? [] : [make('h2', {}, say('checkFile.reasons')), make('ul', {}, ...reasons)]),
    make('h2', {}, say('checkFile.next')),
    make('p', {}, say(words.next)),
    ...verdict.stamps.map((stamp) => makeDetails(say, stamp)),
  ]
}

function makeDetails(say: Say, stamp: StampVerdict): HTMLElement {
  const rows: (readonly [string, string | undefined])[] = [
    ['checkFile.integrity', say(`verdicts.${stamp.integrity}`)],
    ['checkFile.type', stamp.documentType],
    ['checkFile.stampedAt', stamp.stampedAt],
    ['checkFile.field', stamp.fieldName],
    ['checkFile.digest', stamp.digest],
  ]
  const facts = rows.flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [make('dt', {}, say(key)), make('dd', {}, value)],
  )
  const toPage = make('a', { href: `/cek/${stamp.serial}` }, say('checkFile.toPage'))
  return make(
    'details',
    {},
    make('summary', {}, say('checkFile.details', { serial: stamp.serial })),
    make('dl', { class: 'facts' }, ...facts),
    stamp.serial === '' ? undefined : toPage,
  )
}

function checkInWorker(address: string, file: File): Promise<unknown> {
  return new Promise((resolve) => {
    const worker = new Worker(address, { type: 'module' })
    const settle = (told: unknown) => {
      clearTimeout(timer)
      worker.terminate()
      resolve(told)
    }
    const timer = setTimeout(() => settle({ kind: 'refused', refusal: { code: 'too_complex' } }), checkMilliseconds)
    worker.addEventListener('message', (event: MessageEvent<unknown>) => settle(event.data))
    worker.addEventListener('error', () => settle({ kind: 'refused', refusal: { code: 'service_unreachable' } }))
    worker.postMessage({ file }, [])
  })
}

function openForm(form: HTMLFormElement): void {
  const input = find(form, 'input[type=file]', HTMLInputElement)
  const result = find(form, '[data-result]', HTMLElement)
  const nameShown = find(form, '[data-file-name]', HTMLElement)
  let turn = 0
  async function show(file: File): Promise<void> {
    const mine = ++turn
    nameShown.textContent = file.name
    const say = await fetchWords(form.dataset['words'] ?? '')
    result.replaceChildren(make('p', {}, makeIcon('wait', 20), ` ${say('checkFile.checking')}`))
    const told = await checkInWorker(form.dataset['worker'] ?? '', file)
    // another file was chosen meanwhile: its own answer comes
    if (mine !== turn || !isFromCheck(told)) return
    result.replaceChildren(
      ...(told.kind === 'verdict'
        ? makeVerdict(say, told.verdict)
        : [makeNotice('bad', sayRefusal(say, told.refusal))]),
      make('p', { class: 'soft' }, say('checkFile.stayed')),
    )
    result.focus()
  }
  takeFiles(input, ([file]) => {
    if (file !== undefined) show(file).catch(() => offerSending(form))
  })
}

/** What the page needs cannot be had: it becomes what it is without a script, which says that the file would be sent. */
function offerSending(form: HTMLFormElement): void {
  for (const element of form.querySelectorAll('[data-with-script]')) element.setAttribute('hidden', '')
  for (const element of form.querySelectorAll('[data-without-script]')) element.removeAttribute('hidden')
  find(form, '[data-result]', HTMLElement).replaceChildren()
}

for (const form of document.querySelectorAll('form[data-check-file]')) {
  if (!(form instanceof HTMLFormElement)) continue
  showScripted(form)
  openForm(form)
}
