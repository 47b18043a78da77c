import { parseEmail, parsePhone, type Receiver, type Route } from '../base/receiver.ts'

/** What a person is reached and found by, and proves by a code. */
export const contactKinds = ['email', 'phone'] as const
export type ContactKind = (typeof contactKinds)[number]

/** An address in its one form: e-mail in small letters, a phone as `+62...` (E.164). */
export type Contact = { kind: ContactKind; address: string }

/** What a person typed as an e-mail or a phone; undefined where it is neither. */
export function readContact(typed: string): Contact | undefined {
  return readContactOf(typed.includes('@') ? 'email' : 'phone', typed)
}

/** The contact of this kind; undefined where it has not the form of one. */
export function readContactOf(kind: ContactKind, typed: string): Contact | undefined {
  const parsed = kind === 'email' ? parseEmail(typed) : parsePhone(typed)
  return parsed.ok ? { kind, address: parsed.address } : undefined
}

/** Which contact a message by this way proves. */
export function contactOf({ route, address }: Receiver): Contact {
  return { kind: route === 'email' ? 'email' : 'phone', address }
}

/** The contact as a receiver: by the way asked for where it leads there, else by e-mail or SMS. */
export function receiverOf({ kind, address }: Contact, wanted?: Route): Receiver {
  if (kind === 'email') return { route: 'email', address }
  return { route: wanted === 'whatsapp' ? 'whatsapp' : 'sms', address }
}

/** As it may be shown to whoever might not be its owner: `c***@contoh.example`, `+62********890`. */
export function maskedContact({ kind, address }: Contact): string {
  if (kind === 'phone')
    return `${address.slice(0, 3)}${'*'.repeat(Math.max(0, address.length - 6))}${address.slice(-3)}`
  return `${address.slice(0, 1)}***${address.slice(address.lastIndexOf('@'))}`
}

/** The contacts that somebody has proven. */
export function contactsOf({ email, phone }: { email: string | undefined; phone: string | undefined }): Contact[] {
  return [
    ...(email === undefined ? [] : [{ kind: 'email' as const, address: email }]),
    ...(phone === undefined ? [] : [{ kind: 'phone' as const, address: phone }]),
  ]
}
