import type { Refusal } from '../../errors.ts'
import { make, makeNotice } from './make.ts'
import { sayRefusal, type Say } from './words.ts'

/** Nobody answers: a phone that lost its signal goes on by itself when it has one, unless the person is elsewhere by then. */
export function makeUnreachable(say: Say, ways: { tryAgain(): void; otherFile(): void }): Node[] {
  const button = (key: string, look: string, click: () => void) =>
    make('button', { type: 'button', class: look, click }, say(key))
  const notice = makeNotice('bad', say('affix.unreachable'))
  addEventListener('online', () => notice.isConnected && ways.tryAgain(), { once: true })
  const again = button('affix.again', 'button', () => ways.tryAgain())
  const otherFile = button('affix.otherFile', 'button button-quiet', () => ways.otherFile())
  return [notice, make('div', { class: 'acts' }, again, otherFile)]
}

/** A locked file asks for its password, which is used here alone. `open` hears it. */
export function makePasswordForm(say: Say, refusal: Refusal, open: (password: string) => void): Node[] {
  const field = make('input', { id: 'pdf-password', type: 'password', autocomplete: 'off', autofocus: true })
  const form = make(
    'form',
    { class: 'card' },
    make('label', { for: 'pdf-password' }, say('affix.password')),
    make('p', { class: 'hint' }, say('affix.passwordHint')),
    field,
    make('button', { type: 'submit', class: 'button' }, say('affix.open')),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    open(field.value)
  })
  return [makeNotice('warn', sayRefusal(say, refusal)), form]
}

/** What went wrong, and another beginning. */
export function makeFailure(say: Say, refusal: Refusal, click: () => void): Node[] {
  const other = make('button', { type: 'button', class: 'button', click }, say('affix.otherFile'))
  const isCut = refusal.code === 'service_unreachable'
  return [makeNotice('bad', isCut ? say('affix.unreachable') : sayRefusal(say, refusal)), other]
}
