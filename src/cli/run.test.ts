import { afterEach, expect, test } from 'vitest'
import { openCommandLine, type CommandLine } from '../../tests/support/command-line.ts'
import type { AuditCheck } from '../audit/audit-chain.ts'
import type { Recount } from '../ledger/recount.ts'
import type { Starters } from './command.ts'

const open: CommandLine[] = []
afterEach(async () => {
  for (const line of open.splice(0)) await line.remove()
})

async function commandLine(
  environment: Record<string, string> = {},
  starters: Partial<Starters> = {},
): Promise<CommandLine> {
  const line = await openCommandLine(environment, starters)
  open.push(line)
  return line
}

test('without a command the help lists every command, in either language', async () => {
  const line = await commandLine()
  const english = await line.run('--lang', 'en')
  const indonesian = await line.run('help', '--lang=id')
  expect([english.exitCode, indonesian.exitCode]).toEqual([0, 0])
  for (const name of [
    'serve',
    'stamp',
    'rebuild',
    'verify',
    'quota',
    'quota buy',
    'quota grant',
    'check ledger',
    'check audit',
    'check payments',
    'operator refunds',
    'migrate',
    'demo',
  ]) {
    expect(english.out).toContain(`\n  ${name} `)
    expect(indonesian.out).toContain(`\n  ${name} `)
  }
  expect(english.out).toContain('Commands:')
  expect(indonesian.out).toContain('Perintah:')
})

test('help on a command names its options, both ways of asking', async () => {
  const line = await commandLine()
  const asked = await line.run('help', 'stamp')
  expect(asked.out).toContain('--page N|last')
  expect((await line.run('stamp', '--help')).out).toBe(asked.out)
  expect((await line.run('help', 'check', 'ledger')).out).toContain('--all')
  const verify = await line.run('help', 'verify')
  for (const option of [
    '--expect-type TYPE',
    '--affixed-between A..B',
    '--report OUT.csv',
    '--workers N',
    '--offline BUNDLE',
  ])
    expect(verify.out).toContain(option)
})

test('the language is Indonesian unless the surroundings ask for English', async () => {
  const line = await commandLine({ LANG: 'C.UTF-8' })
  expect((await line.run('frob')).err).toContain('tidak dikenal')
  line.environment['LC_ALL'] = 'en_GB.UTF-8'
  expect((await line.run('frob')).err).toContain('is unknown')
  expect((await line.run('frob', '--lang', 'id')).err).toContain('tidak dikenal')
  expect(await line.run('help', '--lang', 'fr')).toMatchObject({
    exitCode: 64,
    err: '--lang is "fr". Give id or en.\n',
  })
})

const stamp = ['stamp', 'a.pdf', '--type', 'surat-pernyataan']
test.each([
  [['frob'], 'The command "frob" is unknown'],
  [['check', 'frob'], '"check frob" is unknown'],
  [['help', 'frob'], '"frob" is unknown'],
  [['stamp'], 'meterai stamp FILE.pdf'],
  [['stamp', 'a.pdf', 'b.pdf', '--type', 'surat-pernyataan'], 'meterai stamp FILE.pdf'],
  [['stamp', 'a.pdf'], 'Give --type one of: dokumen-transaksi,'],
  [['stamp', 'a.pdf', '--type', 'surat'], 'document type "surat" is not in the list'],
  [[...stamp, '--frob'], 'does not know the option --frob'],
  [[...stamp, '--page'], 'The option --page lacks its value'],
  [[...stamp, '-o'], 'The option -o lacks its value'],
  [[...stamp, '--force=yes'], 'The option --force lacks its value or has one too many'],
  [[...stamp, '--page', '0'], '--page is "0"'],
  [[...stamp, '--page', 'first'], '--page is "first"'],
  [[...stamp, '--at', '5'], '--at is "5"'],
  [[...stamp, '--at', '5,NaN'], '--at is "5,NaN"'],
  [[...stamp, '--size', '-1'], '--size'],
  [[...stamp, '--size', '0'], '--size is "0"'],
  [[...stamp, '--size', '1e9'], '--size is "1e9"'],
  [[...stamp, '--unit', 'cm'], '--unit is "cm"'],
  [[...stamp, '--date', '2026-02-30'], '--date is "2026-02-30"'],
  [[...stamp, '--number', 'x'.repeat(256)], '--number has at most 255 characters'],
  [['rebuild', 'a.pdf', '--serial', 'M123'], '"M123" is no stamp number'],
  [['verify'], 'meterai verify FILE.pdf'],
  [['quota', 'frob'], 'meterai quota'],
  [['quota', 'grant', 'Demo'], 'meterai quota grant ACCOUNT N'],
  [['quota', 'grant', 'Demo', '0'], '"0" cannot be given'],
  [['quota', 'grant', 'Demo', '1.5'], '"1.5" cannot be given'],
  [['migrate', 'now'], 'meterai migrate'],
])('%j is refused with exit code 64 and the way out', async (argv, words) => {
  const line = await commandLine()
  const ran = await line.run(...argv, '--json')
  expect(ran.exitCode).toBe(64)
  expect(ran.err).toContain(words)
  expect(ran.json).toMatchObject({ ok: false, exitCode: 64 })
})

test('a name with control characters cannot write on the terminal', async () => {
  const line = await commandLine()
  const ran = await line.run('frob\u{1b}[2J')
  expect(ran.err).not.toContain('\u{1b}')
})

test('the version is that of the package', async () => {
  const line = await commandLine()
  expect((await line.run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('a configuration that cannot be used is told as it stands, with exit code 78', async () => {
  const error = Object.assign(new Error('PORT is "x"; it must be a number'), { name: 'ConfigError' })
  const line = await commandLine({}, { migrate: () => Promise.reject(error) })
  expect(await line.run('migrate', '--json')).toMatchObject({ exitCode: 78, err: 'PORT is "x"; it must be a number\n' })
})

test('a port in use is told with the way out', async () => {
  const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  const line = await commandLine({ PORT: '8099' }, { serve: () => Promise.reject(error) })
  const ran = await line.run('serve')
  expect(ran.exitCode).toBe(69)
  expect(ran.err).toContain('Port 8099 is used by another program')
})

test('a mistake of the program ends in words and exit code 70', async () => {
  const line = await commandLine({}, { migrate: () => Promise.reject(new TypeError('x is undefined')) })
  const ran = await line.run('migrate', '--json')
  expect(ran).toMatchObject({ exitCode: 70, json: { ok: false, code: 'failed' } })
  expect(ran.err).toContain('This program failed: x is undefined.')
})

test('a grant is told with the new quota, and refusals say which account or mode', async () => {
  const asked: unknown[] = []
  const answers = [
    { ok: true, accountId: 'acc_1', available: 15 },
    { ok: false, reason: 'account_unknown' },
    { ok: false, reason: 'production' },
  ] as const
  const grantQuota: Starters['grantQuota'] = async (grant) => answers[asked.push(grant) - 1] ?? answers[0]
  const line = await commandLine({}, { grantQuota })
  expect(await line.run('quota', 'grant', 'Demo', '5', '--json')).toMatchObject({
    exitCode: 0,
    json: { units: 5, available: 15 },
  })
  expect(await line.run('quota', 'grant', 'Nobody', '5')).toMatchObject({ exitCode: 66 })
  expect(await line.run('quota', 'grant', 'Demo', '5')).toMatchObject({ exitCode: 77 })
  expect(asked[0]).toEqual({ account: 'Demo', units: 5 })
})

test('a clean recount says so; a fault is listed and ends with exit code 65', async () => {
  const totals = {
    accounts: 1n,
    transfers: 2n,
    granted: 9n,
    sold: 0n,
    available: 8n,
    reserved: 0n,
    refunding: 0n,
    transit: 0n,
    owed: 0n,
    spent: 1n,
  }
  const clean: Recount = { clean: true, totals: [{ ledger: 'stamps', ...totals }], faults: [] }
  const broken: Recount = {
    ...clean,
    clean: false,
    faults: [{ rule: 'units_lost_or_made', ledger: 'stamps', detail: '9 against 8' }],
  }
  const recounts = [clean, broken]
  const checkLedger: Starters['checkLedger'] = async () => recounts.shift() ?? clean
  const line = await commandLine({}, { checkLedger })
  const first = await line.run('check', 'ledger', '--json')
  expect(first).toMatchObject({ exitCode: 0, json: { clean: true, totals: [{ ledger: 'stamps', available: 8 }] } })
  expect(first.out).toContain('The ledger adds up')
  const second = await line.run('check', 'ledger', '--all')
  expect(second).toMatchObject({ exitCode: 65 })
  expect(second.out).toContain('units_lost_or_made stamps 9 against 8')
})

test('check audit tells the head of the chain, and every fault with exit code 65', async () => {
  const whole: AuditCheck = { clean: true, entries: 7n, waiting: 1n, head: 'ab12', faults: [] }
  const broken: AuditCheck = {
    ...whole,
    clean: false,
    faults: [{ rule: 'hash_differs', sequence: 3n, detail: 'entry 9' }],
  }
  const checks = [whole, broken]
  const line = await commandLine({}, { checkAudit: async () => checks.shift() ?? whole })
  const first = await line.run('check', 'audit', '--json')
  expect(first).toMatchObject({ exitCode: 0, json: { clean: true, entries: 7, waiting: 1, head: 'ab12' } })
  expect(first.out).toContain('The audit is whole')
  const second = await line.run('check', 'audit')
  expect(second).toMatchObject({ exitCode: 65 })
  expect(second.out).toContain('hash_differs 3 entry 9')
})
