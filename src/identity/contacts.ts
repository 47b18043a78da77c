import { emailLengthMax } from '../limits.ts'

/** Ways to reach a person that can be proven by a code. */
export const contactKinds = ['email', 'phone'] as const
export type ContactKind = (typeof contactKinds)[number]

/** An address in its one form: e-mail in lower case, a phone as `+62...` (E.164). */
export type Contact = { kind: ContactKind; address: string }

const emailForm = /^[^\s@<>"(),:;\\[\]]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/

/** What a person typed as an e-mail or a phone; undefined where it is neither. 08... and 62... are Indonesian numbers. */
export function readContact(typed: string): Contact | undefined {
  return typed.includes('@') ? readEmail(typed) : readPhone(typed)
}

/** An e-mail address; undefined where it is none. The part before the @ counts in lower case too: nobody has two mailboxes by it. */
export function readEmail(typed: string): Contact | undefined {
  const address = typed.trim().normalize('NFKC').toLowerCase()
  return address.length <= emailLengthMax && emailForm.test(address) ? { kind: 'email', address } : undefined
}

/** A phone number, however it is grouped; undefined where it is none. */
export function readPhone(typed: string): Contact | undefined {
  const digits = typed.trim().replaceAll(/[\s().-]/g, '')
  const address = /^0[1-9]/.test(digits)
    ? `+62${digits.slice(1)}`
    : /^62/.test(digits)
      ? `+${digits}`
      : digits.replace(/^00/, '+')
  return /^\+[1-9]\d{7,14}$/.test(address) ? { kind: 'phone', address } : undefined
}

/** As others may see that it is known, and its owner recognises it: `p***@contoh.example`, `+62******789`. */
export function maskedContact({ kind, address }: Contact): string {
  if (kind === 'phone') return `${address.slice(0, 3)}${'*'.repeat(Math.max(0, address.length - 6))}${address.slice(-3)}`
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1)}***${address.slice(at)}`
}
