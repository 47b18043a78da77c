import { fieldsOf, textOf } from '../../client/json-fields.ts'
import { callService, type Connection } from '../../client/transport.ts'
import { routes } from '../../base/receiver.ts'
import type { Refusal } from '../../errors.ts'
import { make, makeNotice } from './make.ts'
import { provePasskey } from './passkey-proof.ts'
import { sayRefusal, type Say } from './words.ts'

/** What is confirmed, and who hears of it. `lost`: the session is over, or is somebody else's now. */
export type PinGiven = {
  say: Say
  connection: Connection
  /** Digests of the documents, a stamp each. */
  sourceSha256s: readonly string[]
  /** Whether the person has a passkey and this browser can use one. */
  hasPasskey: boolean
  /** What stands above the PIN's field. */
  hint: string
  /** The act itself, as the button says it. */
  act: string
  confirmed(authorization: string): void
  /** Takes the person to a page of ours, and brings them back to this step. */
  leave(path: string): void
  lost(): void
}

type Proof =
  | { pin: string }
  | { password: string; codeId: string; code: string }
  | { passkey: { challengeId: string; response: object } }

/** What the session's end looks like: asking again here is of no use. */
export const isLostSession = ({ code }: Refusal): boolean => code === 'unauthenticated' || code === 'csrf_refused'

/** Refusals of the PIN itself, after which one document may still be confirmed another way. */
const otherWayAfter = new Set(['pin_wrong', 'pin_locked', 'pin_cooling'])

async function confirm(given: PinGiven, proof: Proof): Promise<Refusal | undefined> {
  const json = { ...proof, purpose: 'affixing', sourceSha256s: given.sourceSha256s }
  // A wrong PIN counts: it is sent once, and what got no answer is asked of the person again.
  const connection = { ...given.connection, sends: 1 }
  const called = await callService(connection, { method: 'POST', path: '/v1/pin-confirmations', json })
  if (!called.ok) return called.refusal
  given.confirmed(textOf(fieldsOf(called.answer.json, 'confirmation'), 'authorization'))
  return undefined
}

/** The device's answer, which the person gave or let be: undefined then. */
async function confirmByPasskey(given: PinGiven): Promise<Refusal | undefined> {
  const connection = { ...given.connection, sends: 1 }
  const called = await callService(connection, { method: 'POST', path: '/v1/pin/passkey-challenges' })
  if (!called.ok) return called.refusal
  const asked = fieldsOf(called.answer.json, 'question')
  const response = await provePasskey(asked.values['options']).catch(() => undefined)
  if (response === undefined) return { code: 'passkey_refused' }
  return confirm(given, { passkey: { challengeId: textOf(asked, 'challengeId'), response } })
}

/** The PIN, in one input that looks like six boxes; one document is also confirmed by passkey, or by password and code. */
export function makePinStep(given: PinGiven): Node[] {
  const { say } = given
  const box = make('div', {})
  box.append(...pinForm(given, () => box.replaceChildren(...routeForm(given, box))))
  const heading = make('h2', { tabindex: -1 }, say('affix.pinHeading'))
  return [heading, box]
}

const maySkipPin = ({ sourceSha256s }: PinGiven) => sourceSha256s.length === 1

function pinForm(given: PinGiven, otherWay: () => void): Node[] {
  const { say } = given
  const pin = make('input', {
    id: 'pin',
    class: 'code',
    type: 'password',
    inputmode: 'numeric',
    autocomplete: 'off',
    pattern: '[0-9]{6}',
    maxlength: 6,
    required: true,
    'aria-describedby': 'pin-hint',
  })
  const other = make('button', { type: 'button', class: 'text-button', click: otherWay }, say('affix.otherWay'))
  const form = makeForm(given, {
    fields: [field('pin', say('affix.pin'), pin, given.hint)],
    act: given.act,
    submit: () => confirm(given, { pin: pin.value }),
    refused: (refusal) => {
      pin.value = ''
      pin.focus()
      if (refusal.code === 'pin_not_set')
        return [
          make('p', {}, say('affix.pinNotSet')),
          make(
            'button',
            { type: 'button', class: 'button button-quiet', click: () => given.leave('/akun/pin') },
            say('affix.pinMake'),
          ),
        ]
      const offered = maySkipPin(given) && otherWayAfter.has(refusal.code)
      return [
        make('p', {}, sayRefusal(say, refusal)),
        offered ? make('button', { type: 'button', class: 'text-button', click: otherWay }, say('affix.otherWay')) : '',
      ]
    },
  })
  return [form, ...(maySkipPin(given) ? [passkeyForm(given), make('p', {}, other)] : [])]
}

/** Finger, face or screen lock in the place of the PIN, for who has that on this device. */
function passkeyForm(given: PinGiven): Node {
  const { say } = given
  if (!given.hasPasskey) return make('div')
  return makeForm(given, {
    fields: [],
    act: say('affix.byPasskey'),
    look: 'button button-quiet',
    submit: () => confirmByPasskey(given),
    refused: (refusal) => [refusal.code === 'passkey_refused' ? say('affix.passkeyFailed') : sayRefusal(say, refusal)],
  })
}

/** Which way the code should come. */
function routeForm(given: PinGiven, box: HTMLElement): Node[] {
  const { say } = given
  const chosen = routes.map((route, at) =>
    make('input', { type: 'radio', name: 'route', value: route, id: `route-${route}`, checked: at === 0 }),
  )
  const cards = make(
    'fieldset',
    {},
    make('legend', {}, say('affix.otherRoute')),
    ...chosen.map((input) => make('label', { class: 'choice' }, input, make('span', {}, say(`routes.${input.value}`)))),
  )
  const form = makeForm(given, {
    fields: [make('p', {}, say('affix.otherHint')), cards],
    act: say('affix.otherSend'),
    submit: async () => {
      const route = chosen.find((input) => input.checked)?.value ?? 'email'
      const json = { purpose: 'affixing', route }
      const connection = { ...given.connection, sends: 1 }
      const called = await callService(connection, { method: 'POST', path: '/v1/pin/codes', json })
      if (!called.ok) return called.refusal
      const codeId = textOf(fieldsOf(called.answer.json, 'code'), 'codeId')
      box.replaceChildren(...codeForm(given, codeId))
      return undefined
    },
  })
  return [form]
}

function codeForm(given: PinGiven, codeId: string): Node[] {
  const { say } = given
  const password = make('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true })
  const code = make('input', {
    id: 'code',
    class: 'code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    pattern: '[0-9]{6}',
    maxlength: 6,
    required: true,
  })
  return [
    makeForm(given, {
      fields: [
        make('p', { role: 'status' }, say('affix.otherSent')),
        field('code', say('affix.otherCode'), code),
        field('password', say('affix.otherPassword'), password),
      ],
      act: given.act,
      submit: () => confirm(given, { password: password.value, codeId, code: code.value }),
    }),
  ]
}

function field(id: string, label: string, control: HTMLElement, hint?: string): HTMLElement {
  return make(
    'div',
    { class: 'field' },
    make('label', { for: id }, label),
    hint === undefined ? undefined : make('p', { class: 'hint', id: `${id}-hint` }, hint),
    control,
  )
}

type FormGiven = {
  fields: readonly Node[]
  act: string
  /** Of its button, where it is not the step's main one. */
  look?: string
  submit(): Promise<Refusal | undefined>
  /** What is shown of a refusal; its sentence by default. */
  refused?(refusal: Refusal): readonly (Node | string)[]
}

/** A form that waits for its answer once: a second press meanwhile does nothing. */
function makeForm(given: PinGiven, of: FormGiven): HTMLFormElement {
  const { say } = given
  const wrong = make('div', { 'aria-live': 'assertive' })
  const button = make('button', { type: 'submit', class: of.look ?? 'button' }, of.act)
  const form = make('form', {}, wrong, ...of.fields, button)
  const send = async () => {
    const refusal = await of.submit()
    // what was confirmed is on its way: this form has done its work
    if (refusal === undefined) return
    button.disabled = false
    if (isLostSession(refusal)) return given.lost()
    const isCut = refusal.code === 'service_unreachable'
    const shown = isCut ? [say('affix.unreachable')] : (of.refused?.(refusal) ?? [sayRefusal(say, refusal)])
    wrong.replaceChildren(makeNotice('bad', ...shown))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (button.disabled) return
    button.disabled = true
    wrong.replaceChildren()
    send().catch(() => {
      button.disabled = false
      wrong.replaceChildren(makeNotice('bad', say('errors.internal')))
    })
  })
  return form
}
