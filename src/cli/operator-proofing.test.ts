import { expect, test } from 'vitest'
import { openCommandLine } from '../../tests/support/command-line.ts'
import type { OperatorProofing } from './command.ts'

const waiting = { account: 'acc_1', kind: 'personal', openedAt: '2026-11-27T02:00:00.000Z', asksProvider: false }

/** One case that waits, and what was decided about it. */
function oneCase() {
  const decided: unknown[] = []
  const operatorProofing: OperatorProofing = {
    list: async () => (decided.length === 0 ? [waiting] : []),
    show: async (account) =>
      account === 'acc_1'
        ? {
            identity: { name: 'Contoh Aminah' },
            warnings: ['birth_date_differs'],
            photo: '/tmp/photo.jpg',
            papers: [{ paper: 'nib' as const, path: '/tmp/nib.pdf' }],
          }
        : undefined,
    decide: async (decision) => decision.account === 'acc_1' && decided.push(decision) === 1,
  }
  return { decided, starters: { operatorProofing } }
}

test('what waits is listed, shown and decided once', async () => {
  const { decided, starters } = oneCase()
  const line = await openCommandLine({}, starters)
  expect(await line.run('operator', 'proofing', 'list', '--json')).toMatchObject({
    exitCode: 0,
    json: { items: [waiting] },
  })

  const shown = await line.run('operator', 'proofing', 'show', 'acc_1')
  expect(shown.out).toContain('name: Contoh Aminah')
  expect(shown.out).toContain('the birth date differs from the NIK')
  expect(shown.out).toContain('NIB of the company: /tmp/nib.pdf')
  expect(shown.out).toContain('the holder of the account can see it')

  expect(await line.run('operator', 'proofing', 'approve', 'acc_1', '--json')).toMatchObject({
    json: { proofing: 'proven' },
  })
  expect(decided).toEqual([{ account: 'acc_1', answer: 'proven' }])
  expect(await line.run('operator', 'proofing', 'refuse', 'acc_1')).toMatchObject({ exitCode: 66 })
  expect((await line.run('operator', 'proofing', 'list')).out).toContain('No identity waits.')
})

test.each([
  ['an account nobody knows', ['show', 'acc_2'], 66],
  ['no account', ['approve'], 64],
  ['an act that is none', ['delete', 'acc_1'], 64],
  ['more than one account', ['approve', 'acc_1', 'acc_2'], 64],
  ['nothing', [], 64],
])('%s is refused', async (_, words, exitCode) => {
  const { decided, starters } = oneCase()
  const line = await openCommandLine({}, starters)
  expect(await line.run('operator', 'proofing', ...words)).toMatchObject({ exitCode })
  expect(decided).toEqual([])
})
