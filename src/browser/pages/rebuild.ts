import type { StampedCopy } from './affix-messages.ts'
import { openDesk, type Desk } from './affix-desk.ts'
import { makePasswordForm } from './affix-failures.ts'
import { takeFiles } from './drop.ts'
import { find, make, makeIcon, makeNotice, showScripted } from './make.ts'
import { fetchWords, sayRefusal, type Say } from './words.ts'
import type { Refusal } from '../../errors.ts'

// The stamped copy again, byte for byte, from the original and what the service stored. The original stays on the device.

const place = find(document, '[data-rebuild]', HTMLElement)
const stage = find(place, '[data-stage]', HTMLElement)
let desk: Desk | undefined
let address = ''

function show(...nodes: Node[]): void {
  stage.replaceChildren(...nodes)
}

async function rebuild(say: Say, file: File, password?: string): Promise<void> {
  show(make('p', { role: 'status' }, makeIcon('wait', 20), ` ${say('affix.looking')}`))
  desk?.close()
  desk = openDesk(place.dataset['worker'] ?? '')
  const { verifier = '', text = '', stamper = '' } = place.dataset
  const parts = { verifier, text, stamper }
  const looked = await desk.ask({ kind: 'look', file, parts, ...(password === undefined ? {} : { password }) })
  if (looked.kind === 'refused') return refuse(say, file, looked.refusal)
  const way = { csrf: '' }
  const told = await desk.ask({ kind: 'rebuild', way, affixingId: place.dataset['id'] ?? '' })
  if (told.kind === 'stamped') return handOver(say, file, told.copy)
  refuse(say, file, told.kind === 'refused' ? told.refusal : { code: 'internal' })
}

function refuse(say: Say, file: File, refusal: Refusal): void {
  if (refusal.code === 'password_needed' || refusal.code === 'password_wrong')
    return show(...makePasswordForm(say, refusal, (password) => begin(say, file, password)))
  const isOther = refusal.code === 'file_differs'
  show(makeNotice('bad', make('p', {}, isOther ? say('rebuild.otherFile') : sayRefusal(say, refusal))))
}

function handOver(say: Say, file: File, copy: StampedCopy): void {
  URL.revokeObjectURL(address)
  address = URL.createObjectURL(new Blob([file, copy.tail], { type: 'application/pdf' }))
  const name = file.name.replace(/(?:\.pdf)?$/i, '.bermeterai.pdf')
  const link = make('a', { class: 'button', href: address, download: name }, say('affix.download'))
  show(
    make('p', { class: 'verdict good', role: 'status' }, makeIcon('good', 28), make('strong', {}, say('rebuild.done'))),
    link,
  )
  link.click()
}

function begin(say: Say, file: File, password?: string): void {
  rebuild(say, file, password).catch(() => refuse(say, file, { code: 'internal' }))
}

showScripted(place)
const words = fetchWords(place.dataset['words'] ?? '')
takeFiles(find(place, 'input[type=file]', HTMLInputElement), ([file]) => {
  if (file !== undefined)
    words.then((say) => begin(say, file)).catch(() => show(makeNotice('warn', place.dataset['notLoaded'] ?? '')))
})
