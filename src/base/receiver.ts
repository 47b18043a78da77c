/** Ways a message goes. The same number may be reached by two of them. */
export const routes = ['sms', 'whatsapp', 'email'] as const
export type Route = (typeof routes)[number]

/** Who gets a message. `address` is normalised: `+62...` (E.164), or an e-mail address in small letters. */
export type Receiver = { route: Route; address: string }

/** Why this is no receiver: closed, each with a sentence of its own under `receiverProblems.`. */
export const receiverProblems = ['phone_malformed', 'email_malformed', 'email_not_ascii'] as const
export type ReceiverProblem = (typeof receiverProblems)[number]

/** RFC 5321 4.5.3.1: 64 before the @, and 254 in all, as a path has 256 with its brackets. */
const mailboxLengthMax = 64
const emailLengthMax = 254

/** The receiver as it is stored, found and sent to; what people type is taken in the forms they use. */
export function parseReceiver(
  route: Route,
  typed: string,
): { ok: true; receiver: Receiver } | { ok: false; problem: ReceiverProblem } {
  const parsed = route === 'email' ? parseEmail(typed) : parsePhone(typed)
  return parsed.ok ? { ok: true, receiver: { route, address: parsed.address } } : parsed
}

type ParsedAddress = { ok: true; address: string } | { ok: false; problem: ReceiverProblem }

/**
 * A phone number as E.164 (ITU-T): `0812-3456-7890`, `62812...`, `+62 (0)812 ...` and numbers of other countries with their `+` or `00`.
 * Indonesian ones have 8 to 12 digits behind the country code; those of mobile phones begin with 8.
 */
export function parsePhone(typed: string): ParsedAddress {
  const malformed: ParsedAddress = { ok: false, problem: 'phone_malformed' }
  const shown = typed.trim().replace(/^\+62[\s.-]*\(0\)/, '+62')
  if (!/^\+?[\d\s().-]{6,30}$/.test(shown)) return malformed
  const digits = shown.replaceAll(/\D/g, '')
  const international = shown.startsWith('+')
    ? digits
    : digits.startsWith('00')
      ? digits.slice(2)
      : digits.startsWith('0')
        ? `62${digits.slice(1)}`
        : digits.startsWith('62')
          ? digits
          : digits.startsWith('8')
            ? `62${digits}`
            : ''
  if (international.startsWith('62'))
    return /^628\d{7,11}$/.test(international) ? { ok: true, address: `+${international}` } : malformed
  return /^[1-9]\d{7,14}$/.test(international) ? { ok: true, address: `+${international}` } : malformed
}

/** An e-mail address in small letters: plain ASCII, a domain with a dot, no comment and no quoted part. */
export function parseEmail(typed: string): ParsedAddress {
  const address = typed.trim().toLowerCase()
  const isPlain = /^[\u0020-\u007e]*$/.test(address)
  // one letter in two scripts makes two addresses that look alike, and not every mail server takes them (RFC 6531)
  if (!isPlain && address.includes('@')) return { ok: false, problem: 'email_not_ascii' }
  const [mailbox = '', domain = '', ...more] = address.split('@')
  const isGood =
    more.length === 0 &&
    address.length <= emailLengthMax &&
    mailbox.length <= mailboxLengthMax &&
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(mailbox) &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/.test(domain)
  if (!isGood) return { ok: false, problem: 'email_malformed' }
  // an encoded name (RFC 5890) is shown as letters that a person cannot tell from others
  if (/(?:^|\.)xn--/.test(domain)) return { ok: false, problem: 'email_not_ascii' }
  return { ok: true, address }
}
