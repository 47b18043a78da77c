import { afterAll, beforeAll, expect, test } from 'vitest'
import { textOf } from './support/tracked-files.ts'
import { testDatabase, type TestDatabase } from './support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

test('docs/operate.md says of every table how long its rows live, and of no other', async () => {
  const page = textOf('docs/operate.md') ?? ''
  const table = page.slice(page.indexOf('| Table |')).split('\n\n', 1)[0] ?? ''
  const firstCells = table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1] ?? '')
  const documented = firstCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''))

  const rows = await db.owner.sql<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`

  expect(documented.toSorted()).toEqual(rows.map(({ name }) => name).toSorted())
})

test('the service can delete only what the document lets it delete', async () => {
  const rows = await db.owner.sql<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and has_table_privilege('meterai_service', oid, 'delete')`

  expect(rows.map(({ name }) => name).toSorted()).toEqual([
    'approval_rule_changes',
    'audit_unsequenced',
    'batch_items',
    'batch_rules',
    'code_guards',
    'confirmations',
    'credit_limit_requests',
    'event_listeners',
    'form_keys',
    'idempotency_keys',
    'identity_papers',
    'invitations',
    'kept_documents',
    'key_holds',
    'late_money_contacts',
    'listener_messages',
    'messages',
    'notice_choices',
    'one_time_codes',
    'order_intents',
    'outbox',
    'passkey_challenges',
    'passkeys',
    'pins',
    'recovery_codes',
    'registrations',
    'sessions',
    'sign_in_guesses',
    'sms_counts',
    'subscriptions',
    'totp_secrets',
    'webhook_deliveries',
    'webhook_endpoints',
  ])
})

test('rows that are written twice, and rows that never change, are vacuumed by a fixed number in every partition', async () => {
  const partitions = await db.owner.sql<{ parent: string; options: string | null }[]>`
    select i.inhparent::regclass::text as parent, array_to_string(c.reloptions, ',') as options
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relkind = 'r' and c.relname not like '%default'`
  const without = (parents: readonly string[], option: string) =>
    partitions.filter(({ parent, options }) => parents.includes(parent) && options?.includes(option) !== true)

  expect(without(['affixings', 'pendings', 'ledger_accounts'], 'autovacuum_vacuum_threshold=')).toEqual([])
  expect(without(['transfers', 'signatures', 'audit'], 'autovacuum_vacuum_insert_threshold=1000000')).toEqual([])
})
