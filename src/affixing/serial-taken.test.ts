import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid } from '../base/ids.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner } from '../signing/stamp-signer.ts'
import type { AffixingGiven } from './affixing-parts.ts'
import { openAffixing } from './lanes.ts'
import { reserveQuota } from './reserve.ts'

let db: TestDatabase
let folder: string
beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-serial-'))
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

test('a serial number that is taken is drawn again, and the unit is held once', async () => {
  const signer = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
  const accountId = await db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const holder = await openHolder(tx, { name: 'PT Contoh', at })
    await grantUnits(tx, { accountId: holder.accountId, id: newUuid(at), ledger: 'stamps', units: 10n, at })
    return holder.accountId
  })
  let draws = 0
  const given: AffixingGiven = {
    database: db.database,
    signers: { specimen: signer, specimensForLiveKeys: true },
    publicUrl: 'https://meterai.example',
    location: 'Jakarta',
    // serial numbers are drawn in bulk, seeds 32 bytes at a time: the first two draws of a serial are alike
    randomBytes: (count) => (count > 32 && draws++ < 2 ? Buffer.alloc(count, 7) : randomBytes(count)),
  }
  const parts = openAffixing(given)
  const reserve = (key: string) =>
    reserveQuota(parts, {
      caller: { accountId, keyKind: 'live', keyId: 'key_test' },
      operation: 'affixing',
      key,
      fingerprint: randomBytes(32).toString('hex'),
      facts: { documentType: 'surat-perjanjian', number: '0' },
      placement: { page: 1, left: 10, bottom: 10, width: 100, height: 100, unit: 'pt' },
      sourceSha256: randomBytes(32).toString('hex'),
      sourceLength: 1000,
      pageCount: 1,
      additional: false,
    })

  const [first, second] = [await reserve('first'), await reserve('second')]

  expect(draws).toBe(3)
  expect([first.ok, second.ok]).toEqual([true, true])
  const [row] = await db.database.sql<{ serials: number; held: bigint }[]>`
    select (select count(distinct serial)::int from affixings) as serials,
      (select debits_pending from ledger_accounts where account_id = ${accountId} and ledger = 'stamps' and kind = 'quota') as held`
  expect(row).toEqual({ serials: 2, held: 2n })
})
