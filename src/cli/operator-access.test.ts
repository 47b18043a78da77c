import { expect, test } from 'vitest'
import { noTerminal, openCommandLine, typing } from '../../tests/support/command-line.ts'
import type { OperatorAccess } from './command.ts'

const nik = '3171015708450001'
const found = {
  account: 'acc_1',
  kind: 'personal',
  name: 'Contoh Aminah',
  people: [{ person: 'per_1', role: 'owner', name: 'Contoh Aminah', contacts: ['c***@contoh.example'], hasApp: true }],
}

/** One person, and what was done about them. */
function onePerson(terminal = noTerminal) {
  const done: unknown[] = []
  const operatorAccess: OperatorAccess = {
    async find(by) {
      done.push(by)
      return ('nik' in by ? by.nik === nik : by.account === 'acc_1') ? [found] : []
    },
    async askContact(asked) {
      done.push(asked)
      return { ok: true, id: 'rcv_1', contact: asked.contact.toLowerCase() }
    },
    askAuthenticator: async (person) =>
      person === 'per_1' ? { ok: true, id: 'rcv_2' } : { ok: false, problem: 'person_unknown' },
    list: async () => [],
    approve: async () => ({ ok: false, problem: 'same_operator' }),
    cancel: async (id) => (done.push(id) === 1 ? { ok: true } : { ok: false, problem: 'case_unknown' }),
  }
  return { done, line: () => openCommandLine({}, { operatorAccess }, terminal) }
}

test('a person is found by their account, or by the NIK that is asked for and never shown', async () => {
  const { done, line } = onePerson(typing(`${nik}\r`))
  const ran = await (await line()).run('operator', 'access', 'find')
  expect(ran.out).toContain('per_1  owner  Contoh Aminah  c***@contoh.example  TOTP')
  expect(ran.out).toContain('the holder of the account can see it')
  expect(ran.out + ran.err).not.toContain(nik)
  const byAccount = await (await onePerson().line()).run('operator', 'access', 'find', 'acc_1', '--json')
  expect(byAccount).toMatchObject({ exitCode: 0, json: { items: [found] } })
  expect(done).toEqual([{ nik }])
})

test('the new contact is asked for, and shown in its one form to be compared', async () => {
  const { done, line } = onePerson(typing('Baru@contoh.example\r'))
  const ran = await (await line()).run('operator', 'access', 'contact', 'per_1')
  expect(done).toEqual([{ person: 'per_1', contact: 'Baru@contoh.example' }])
  expect(ran.out).toContain('rcv_1: baru@contoh.example is to be the contact of per_1')
})

test.each([
  ['nobody at the terminal', ['contact', 'per_1'], 64],
  ['nobody', ['find', 'acc_2'], 66],
  ['a person nobody knows', ['authenticator', 'per_2'], 65],
  ['what the same operator asked for', ['approve', 'rcv_1'], 65],
  ['no case', ['approve'], 64],
  ['an act that is none', ['delete', 'rcv_1'], 64],
  ['more than one case', ['cancel', 'rcv_1', 'rcv_2'], 64],
  ['nothing', [], 64],
])('%s is refused', async (_, words, exitCode) => {
  const line = await onePerson().line()
  expect(await line.run('operator', 'access', ...words)).toMatchObject({ exitCode })
})

test('a case is cancelled once', async () => {
  const line = await onePerson().line()
  expect((await line.run('operator', 'access', 'cancel', 'rcv_1')).exitCode).toBe(0)
  expect((await line.run('operator', 'access', 'cancel', 'rcv_1')).exitCode).toBe(65)
  expect((await line.run('operator', 'access', 'list')).out).toContain('No way back is under way.')
})
