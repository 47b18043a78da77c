import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'
import { settingList } from './settings.ts'

function mistakesOf(environment: Record<string, string>, purpose: 'serve' | 'command' = 'serve'): readonly string[] {
  try {
    readConfig(environment, purpose)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

const production = {
  METERAI_MODE: 'production',
  DATABASE_URL: 'postgres://app:secret@db.example/meterai',
  DATABASE_OWNER_URL: 'postgres://owner:secret@db.example/meterai',
  METERAI_PUBLIC_URL: 'https://meterai.example',
  METERAI_TIMESTAMP_URL: 'https://tsa.example',
  METERAI_GATEWAY: 'midtrans',
  METERAI_MIDTRANS_KEY: 'Mid-server-contoh',
  METERAI_SMTP_URL: 'smtps://mail.example',
  METERAI_MAIL_FROM: 'meterai@meterai.example',
  METERAI_SMS_URL: 'https://sms.example/send',
  METERAI_WHATSAPP_URL: 'https://whatsapp.example/send',
}

test('an empty environment gives the demo on loopback, frozen', () => {
  const config = readConfig({ HOME: '/srv/someone' }, 'serve')

  expect(config).toMatchObject({
    mode: 'demo',
    port: 8080,
    listen: '127.0.0.1',
    loopbackOnly: true,
    publicUrl: 'http://localhost:8080',
    databaseUrl: undefined,
    keyAlgorithm: 'ec-p256',
    location: 'Jakarta',
    stateFolder: '/srv/someone/.local/state/meterai',
  })
  expect(config.dataFolder).toMatch(/^\/.*\/data$/)
  expect(config.blobUrl).toBe(`file://${config.dataFolder}/blobs`)
  expect(Object.isFrozen(config)).toBe(true)
})

test('all mistakes come at once, each naming the variable, its value and what it must be', () => {
  const mistakes = mistakesOf({
    PORT: 'eighty',
    METERAI_MODE: 'live',
    METERAI_PUBLIC_URL: 'meterai.example',
    METERAI_PROT: '1',
  })

  expect(mistakes).toHaveLength(4)
  expect(mistakes).toContain('PORT is "eighty"; it must be a whole number from 0 to 65535, for example 3000')
  expect(mistakes).toContain('METERAI_MODE is "live"; it must be one of demo, production, for example production')
})

test('an unknown METERAI_ name is refused with the nearest known one', () => {
  expect(mistakesOf({ METERAI_MOED: 'demo' })).toEqual(['METERAI_MOED is unknown; did you mean METERAI_MODE?'])
  expect(mistakesOf({ METERAI_PUBLICURL: 'x' })).toEqual([
    'METERAI_PUBLICURL is unknown; did you mean METERAI_PUBLIC_URL?',
  ])
  expect(mistakesOf({ SOMETHING_ELSE: 'x' })).toEqual([])
})

test('a secret never stands in a message', () => {
  const message = mistakesOf({ DATABASE_URL: 'mysql://app:hunter2@db', METERAI_KEY: 'hunter2' }).join('\n')

  expect(message).toMatch(/DATABASE_URL is set; it must be/)
  expect(message).toMatch(/METERAI_KEY is set; it must be/)
  expect(message).not.toContain('hunter2')
})

test('an empty variable is an unset one', () => {
  expect(readConfig({ PORT: '', METERAI_TIMESTAMP_URL: ' ' })).toMatchObject({ port: 8080, timestampUrls: undefined })
})

test('one timestamp server may be named or two, and nothing else', () => {
  const urlsOf = (value: string) => readConfig({ METERAI_TIMESTAMP_URL: value }).timestampUrls
  expect(urlsOf('https://a.example/tsa/')).toEqual(['https://a.example/tsa'])
  expect(urlsOf('https://a.example, http://b.example/x')).toEqual(['https://a.example', 'http://b.example/x'])
  for (const wrong of ['a.example', 'https://a.example b.example'])
    expect(mistakesOf({ METERAI_TIMESTAMP_URL: wrong })).toEqual([expect.stringContaining('an http or https address')])
  for (const wrong of ['https://a.example https://a.example/', 'http://a http://b http://c'])
    expect(mistakesOf({ METERAI_TIMESTAMP_URL: wrong })).toEqual([expect.stringContaining('at most 2 different ones')])
})

test('production lists everything it lacks at once', () => {
  const mistakes = mistakesOf({ METERAI_MODE: 'production' })

  expect(mistakes.map((mistake) => mistake.split(' ', 1)[0])).toEqual([
    'DATABASE_URL',
    'DATABASE_OWNER_URL',
    'METERAI_PUBLIC_URL',
    'METERAI_GATEWAY',
    'METERAI_TIMESTAMP_URL',
    'METERAI_SMTP_URL',
    'METERAI_MAIL_FROM',
    'METERAI_SMS_URL',
    'METERAI_WHATSAPP_URL',
    'SIGNER_URL',
  ])
})

test("production with all but an issuer's signer lacks that alone, and no value of it helps yet", () => {
  expect(mistakesOf(production)).toEqual([expect.stringMatching(/^SIGNER_URL is missing; .*cannot use yet/)])
  expect(mistakesOf({ ...production, SIGNER_URL: 'file:///keys' })).toEqual([
    expect.stringMatching(/^SIGNER_URL is set; .*unset it/),
  ])
})

test('production refuses a plain address, and one login for service and owner', () => {
  expect(mistakesOf({ ...production, METERAI_PUBLIC_URL: 'http://meterai.example' })).toContain(
    'METERAI_PUBLIC_URL is "http://meterai.example"; production needs https',
  )
  expect(mistakesOf({ ...production, DATABASE_URL: production.DATABASE_OWNER_URL })).toContainEqual(
    expect.stringContaining('the service must not own the ledger'),
  )
})

test("an issuer's signer beside the demo is refused", () => {
  expect(mistakesOf({ SIGNER_URL: 'file:///keys' })).toHaveLength(1)
})

test('commands that start nothing do not ask for what a start in production needs', () => {
  expect(mistakesOf({ METERAI_MODE: 'production' }, 'command')).toEqual([])
})

test('listening beyond loopback is known, so that pages can say so', () => {
  expect(readConfig({ METERAI_LISTEN: '0.0.0.0' }).loopbackOnly).toBe(false)
  expect(readConfig({ METERAI_LISTEN: '127.0.0.2' }).loopbackOnly).toBe(true)
  expect(readConfig({ METERAI_LISTEN: '::1' }).loopbackOnly).toBe(true)
})

test('codes leave production through gateways with TLS alone', () => {
  expect(mistakesOf({ ...production, METERAI_SMS_URL: 'http://sms.example' })).toContain(
    'METERAI_SMS_URL is "http://sms.example"; production needs https: codes pass through it',
  )
})

test('a mail server without an address that mails come from is a mistake, and secrets of gateways never show', () => {
  expect(mistakesOf({ METERAI_SMTP_URL: 'smtp://mail.example' })).toEqual([
    expect.stringContaining('METERAI_MAIL_FROM is missing'),
  ])
  const message = mistakesOf({ METERAI_SMTP_URL: 'mail://app:hunter2@mail', METERAI_SMS_KEY: 'hunter 2' }).join('\n')
  expect(message).toMatch(/METERAI_SMTP_URL is set; .*\n.*METERAI_SMS_KEY is set/)
  expect(message).not.toContain('hunter')
})

test('docs/operate.md and the service know the same variables, with the same words', async () => {
  const page = await readFile(new URL('../docs/operate.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| Variable |')).split('\n\n', 1)[0] ?? ''
  const rows = table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    )

  expect(rows).toEqual(settingList.map((setting) => [setting.name, setting.default, setting.example, setting.meaning]))
})

test('a gateway without its keys is a mistake in every mode, and its keys never stand in a message', () => {
  expect(mistakesOf({ METERAI_GATEWAY: 'midtrans' })).toEqual([
    expect.stringMatching(/^METERAI_MIDTRANS_KEY is missing/),
  ])
  expect(mistakesOf({ METERAI_GATEWAY: 'xendit', METERAI_XENDIT_KEY: 'hunter2' })).toEqual([
    'METERAI_XENDIT_CALLBACK_TOKEN is missing; METERAI_GATEWAY=xendit needs it',
  ])
  expect(mistakesOf({ ...production, METERAI_GATEWAY: 'simulator' }).join('\n')).toContain(
    'nobody may pay with play money',
  )
})
