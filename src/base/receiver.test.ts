import { expect, test } from 'vitest'
import { parseEmail, parsePhone, parseReceiver } from './receiver.ts'

test.each([
  ['0812-3456-7890', '+6281234567890'],
  ['081234567890', '+6281234567890'],
  ['62812 3456 7890', '+6281234567890'],
  ['+62 812.3456.7890', '+6281234567890'],
  ['+62 (0)812 3456 7890', '+6281234567890'],
  ['0062812 3456 7890', '+6281234567890'],
  ['812 3456 7890', '+6281234567890'],
  ['+65 9123 4567', '+6591234567'],
  ['00 44 7700 900123', '+447700900123'],
])('the number %s is %s', (typed, address) => {
  expect(parsePhone(typed)).toEqual({ ok: true, address })
})

test.each([
  '',
  '0812',
  '021 555 0100',
  '+62 21 555 0100',
  '+62812345678901234',
  '0812-3456-789O',
  '12345678',
  '+0812345678',
  '+6281234567890;ext=5',
  '++6281234567890',
  '+62 812 3456 7890\n+62 812 3456 7891',
])('%j is no number of a mobile phone', (typed) => {
  expect(parsePhone(typed)).toEqual({ ok: false, problem: 'phone_malformed' })
})

test('an address is kept in small letters', () => {
  expect(parseEmail(' Contoh.A+kantor@Contoh.Example ')).toEqual({
    ok: true,
    address: 'contoh.a+kantor@contoh.example',
  })
})

test.each(['contoh', 'a@b', 'a@b@contoh.example', 'a..b@contoh.example', 'a@-contoh.example', '"a b"@contoh.example'])(
  '%j is no e-mail address',
  (typed) => {
    expect(parseEmail(typed)).toEqual({ ok: false, problem: 'email_malformed' })
  },
)

test.each([
  'a@contoh.example, b@contoh.example',
  'a@contoh.example\r\nBcc: b@contoh.example',
  `${'a'.repeat(65)}@contoh.example`,
])('%j smuggles nothing in', (typed) => {
  expect(parseEmail(typed).ok).toBe(false)
})

test.each(['contoh@cöntoh.example', 'cоntoh@contoh.example', 'contoh@xn--cntoh-jua.example'])(
  '%s is refused for its letters, and says so',
  (typed) => {
    expect(parseEmail(typed)).toEqual({ ok: false, problem: 'email_not_ascii' })
  },
)

test('the route says how an address is read', () => {
  expect(parseReceiver('whatsapp', '0812 3456 7890')).toEqual({
    ok: true,
    receiver: { route: 'whatsapp', address: '+6281234567890' },
  })
  expect(parseReceiver('email', '081234567890').ok).toBe(false)
})
