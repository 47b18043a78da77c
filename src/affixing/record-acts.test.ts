import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { newUuid, publicId } from '../base/ids.ts'
import { grantUnits, openHolder } from '../identity/accounts.ts'
import { dispatchEvents, type DeliveredEvent } from '../notices/dispatch.ts'
import { eventNames, subscribe } from '../notices/outbox.ts'
import { openAuthority } from '../signing/authority.ts'
import { openStampSigner } from '../signing/stamp-signer.ts'
import { affixStamp } from './affix.ts'
import type { AffixingParts } from './affixing-parts.ts'
import { openAffixing } from './lanes.ts'
import { cancelAffixing } from './release.ts'
import { reserveQuota } from './reserve.ts'

let db: TestDatabase
let folder: string
let parts: AffixingParts
beforeAll(async () => {
  db = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'meterai-acts-'))
  const specimen = await openStampSigner({ authority: await openAuthority(join(folder, 'authority')) })
  parts = openAffixing({
    database: db.database,
    signers: { specimen, specimensForLiveKeys: true },
    publicUrl: 'http://localhost:8080',
    location: 'Jakarta',
    randomBytes,
  })
})
afterAll(async () => {
  await db.drop()
  await rm(folder, { recursive: true })
})

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

async function openAccount(): Promise<string> {
  return db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const { accountId } = await openHolder(tx, { name: newUuid(at), at })
    await grantUnits(tx, { accountId, id: newUuid(at), ledger: 'stamps', units: 10n, at })
    return accountId
  })
}

/** One stamp affixed, another reservation cancelled: their ids. */
async function actsOf(accountId: string): Promise<{ affixed: string; cancelled: string }> {
  const reserve = async (source: string) => {
    const outcome = await reserveQuota(parts, {
      caller: { accountId, keyKind: 'live', keyId: 'key_test' },
      operation: 'affixing',
      key: source,
      fingerprint: digestOf(source),
      facts: { documentType: 'surat-pernyataan', number: '7' },
      placement: { page: 1, left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' },
      sourceSha256: digestOf(source),
      sourceLength: 1000,
      pageCount: 1,
      additional: false,
    })
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.id
  }
  const [affixed, cancelled] = [await reserve('affixed'), await reserve('cancelled')]
  await affixStamp(parts, { accountId, id: affixed, digest: digestOf('prepared'), actor: 'key:key_test' })
  await cancelAffixing(parts, { accountId, id: cancelled, actor: 'key:key_test', reason: 'cancelled' })
  return { affixed, cancelled }
}

test('who subscribed hears of what happened to an affixing, once each, with versions that say what came first', async () => {
  const [accountId, silent] = [await openAccount(), await openAccount()]
  await db.database.transaction(async (tx) => {
    for (const event of eventNames) await subscribe(tx, { accountId, event, at: new Date() })
  })
  const { affixed, cancelled } = await actsOf(accountId)
  await actsOf(silent)
  const got: DeliveredEvent[] = []
  const deliver = async (event: DeliveredEvent) => void got.push(event)

  await dispatchEvents({ database: db.database, deliver, onFailure: () => undefined })

  const told = got.map((event) => `${event.accountId} ${event.objectId} ${event.version} ${event.event}`)
  expect(told.toSorted()).toEqual(
    [
      `${accountId} ${publicId('affixing', affixed)} 1 affixing.reserved`,
      `${accountId} ${publicId('affixing', affixed)} 2 affixing.affixed`,
      `${accountId} ${publicId('affixing', cancelled)} 1 affixing.reserved`,
      `${accountId} ${publicId('affixing', cancelled)} 2 affixing.released`,
    ].toSorted(),
  )
  expect(got.find(({ event }) => event === 'affixing.released')?.detail).toEqual({ reason: 'cancelled' })
})
