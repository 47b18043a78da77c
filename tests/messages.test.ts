import { expect, test } from 'vitest'
import english from '../text/en.json' with { type: 'json' }
import { languages, placeholdersOf, text, type TextValues } from '../src/base/text.ts'
import { codePurposes } from '../src/identity/code-guards.ts'
import { messageTemplates } from '../src/notices/messages/templates.ts'
import { messageKey, messageWords } from '../src/notices/messages/words.ts'

const templates = Object.entries(messageTemplates)
const words = new Map<string, string>(Object.entries(english))

/** The basic character set of SMS (3GPP TS 23.038): one of another letter halves the length of a message. */
const gsm = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]*$/

test('every template has its words, and they name the values it has and no other', () => {
  const named = templates.map(([template]) => {
    const keys = (['subject', 'text'] as const).map((part) => messageKey(template, part) ?? '')
    const places = keys.flatMap((key) => placeholdersOf(words.get(key) ?? ''))
    return [template, [...new Set(places.map((name) => name.split('.').at(-1) ?? ''))].toSorted()]
  })
  expect(named).toEqual(templates.map(([template, values]) => [template, [...values].toSorted()]))
})

test('no message is left that is no template', () => {
  const told = [...words.keys()].filter((key) => key.startsWith('messages.')).map((key) => key.split('.')[1] ?? '')
  expect([...new Set(told)].toSorted()).toEqual(Object.keys(messageTemplates).toSorted())
})

test('a code fits into one SMS in both languages, for every purpose and a long name of the site', () => {
  const host = 'meterai.contoh-perusahaan.example'
  for (const language of languages)
    for (const purpose of codePurposes) {
      const values = { code: '123456', purpose }
      const said = messageWords({ route: 'sms', template: 'code', values, language }, host).text
      expect(said).toMatch(gsm)
      expect(said.length).toBeLessThanOrEqual(160)
      expect(said.split('\n').at(-1)).toBe(`@${host} #123456`)
      expect(said).toContain(text(language, `codePurposes.${purpose}`))
    }
})

test('only SMS end with the line for the site; only mails have a footer', () => {
  const values: TextValues = { code: '123456', purpose: 'sign_in' }
  const saidBy = (route: 'whatsapp' | 'email') =>
    messageWords({ route, template: 'code', values, language: 'en' }, 'meterai.example').text
  expect(saidBy('whatsapp')).not.toContain('@')
  expect(saidBy('email')).not.toContain('#123456')
  expect(saidBy('email')).toContain('Sent automatically by OpenMeterai at meterai.example')
})

test('notices are written in letters that any phone shows', () => {
  for (const [template] of templates)
    for (const language of languages)
      expect(messageWords({ route: 'whatsapp', template, values: {}, language }, 'x').text).toMatch(gsm)
})
