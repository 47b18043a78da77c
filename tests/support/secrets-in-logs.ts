/** What must stand in no log line, no error and no dump: by its form, for what nobody can know beforehand. */
const forms: readonly (readonly [string, RegExp])[] = [
  // province 11 to 94, a day up to 31 (women: 41 to 71), a month, a number that is not 0000
  ['a NIK', /(?<![\w-])[1-9]\d{5}(?:[0-2]\d|3[01]|[4-6]\d|7[01])(?:0[1-9]|1[0-2])\d{2}(?!0000)\d{4}(?![\w-])/],
  ['a phone number', /(?<![\w-])(?:\+?62|0)8\d{7,11}(?![\w-])/],
  ['a phone number', /(?<!\w)\+[1-9]\d{8,14}(?!\w)/],
  ['an e-mail address', /[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}/i],
  ['an API key', /mk_(?:live|test)_[\w-]{20,}/],
  ['a bearer', /\bbearer\s+[\w.~+/-]{8,}/i],
  ["a webhook's secret", /whsec_[\w+/=]{8,}/],
  ["an authenticator's secret", /otpauth:\/\//],
  ['a hash of a password', /\$argon2/],
  ['a private key', /PRIVATE KEY/],
  ['a login', /:\/\/[^\s/:"]+:[^\s/@"]+@/],
  // a refusal's code is a word; a person's is digits
  ['a code or PIN', /"?(?:code|otp|pin|kode)"?\s*[:=]\s*"?\d{6}(?!\d)/i],
  [
    'a secret field',
    /"(?:password|passphrase|pin|secret|authorization|cookie|set-cookie|private[_-]?key)"\s*:\s*"(?!\[)[^"]/i,
  ],
]

/** A value as it might get into a line by another door: percent-encoded, in hex or base64, or inside JSON. */
function disguises(value: string): string[] {
  const bytes = Buffer.from(value)
  const plain = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]
  // what is short is found by chance in hex and base64
  return bytes.length < 8
    ? plain
    : [...plain, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]
}

/**
 * Every place where a line tells a secret: `line 3: a phone number`, never the secret itself. `known`: values this run used,
 * such as codes and names, that have no form of their own.
 */
export function secretsIn(lines: readonly string[], known: readonly string[] = []): string[] {
  const values = known.filter((value) => value !== '').flatMap(disguises)
  return lines.flatMap((line, at) => {
    const found = forms.filter(([, form]) => form.test(line)).map(([what]) => what)
    if (values.some((value) => line.includes(value))) found.push('a value this run used')
    return [...new Set(found)].map((what) => `line ${at + 1}: ${what}`)
  })
}
