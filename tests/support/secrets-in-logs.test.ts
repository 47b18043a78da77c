import { expect, test } from 'vitest'
import { secretsIn } from './secrets-in-logs.ts'

test.each([
  ['a NIK', '{"msg":"look at 3174052509900007"}'],
  ['a NIK', '{"nik":"3174056509900007"}'],
  ['a phone number', '{"to":"+6281234567890"}'],
  ['a phone number', 'called 081234567890 twice'],
  ['a phone number', '{"to":"+6591234567"}'],
  ['an e-mail address', 'mail to contoh.a@contoh.example failed'],
  ['an API key', `{"key":"mk_live_${'a'.repeat(43)}"}`],
  ['a bearer', '{"headers":{"x":"Bearer abcdefgh12345678"}}'],
  ["a webhook's secret", 'whsec_AAAAAAAAAAAA'],
  ["an authenticator's secret", 'otpauth://totp/x'],
  ['a hash of a password', '$argon2id$v=19$m=1'],
  ['a login', 'postgres://app:hunter2@db/meterai'],
  ['a code or PIN', '{"code":"123456"}'],
  ['a code or PIN', 'pin=123456'],
  ['a secret field', '{"password":"x"}'],
])('%s is found in %s', (what, line) => {
  expect(secretsIn([line]).some((found) => found.endsWith(what))).toBe(true)
})

test.each([
  '{"level":30,"time":"2026-11-24T09:00:00.000Z","method":"POST","route":"/v1/orders","status":201,"milliseconds":1234567.8,"msg":"answered"}',
  '{"code":"quota_empty","msg":"refused"}',
  '{"requestId":"0190a1b2-c3d4-7e5f-8081-081234567890"}',
  '{"id":"msg_0190a1b2c3d47e5f8081081234567890","route":"sms","template":"code","problem":"timed_out"}',
  '{"id":"1764230400000","bytes":2147483648}',
  '{"password":"[redacted]"}',
])('%s tells nothing', (line) => {
  expect(secretsIn([line])).toEqual([])
})

test('what a run used is found whatever it is written in, and is not repeated in the complaint', () => {
  const value = 'Nama Contoh A'
  const forms = [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString('hex'),
    Buffer.from(value).toString('base64'),
  ]
  const complaints = forms.flatMap((form) => secretsIn([`x ${form} y`], [value, '']))
  expect(complaints).toEqual(forms.map(() => 'line 1: a value this run used'))
  expect(secretsIn(['nothing'], [value, ''])).toEqual([])
})
