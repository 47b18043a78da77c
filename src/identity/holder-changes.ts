import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { readIdentities, storeIdentity, type Identity, type ProofingState } from './account-identity.ts'
import { photoKeepDays } from '../limits/people.ts'
import { dropSeconds } from '../limits/traffic.ts'
import { keepPhoto, type Photo } from './photos/keep-photo.ts'
import { askProvider, openProofing, type ProofingParts } from './proofing.ts'

type Settled = { ok: false; refusal: Refusal<'identity_settled' | 'overloaded'> }

/** Fields to be filled in, or emptied by null; the name only filled in. */
export type IdentityChange = { [Field in keyof Identity]?: string | null | undefined }

/**
 * Corrects who holds an account. Once that is proven, or looked at, it is no more the holder's to change: `identity_settled`. The row is
 * held meanwhile, so that nobody is proven by what was just replaced.
 */
export function changeIdentity(
  parts: { database: Database; sealing: Sealing },
  change: { accountId: string; by: string; identity: IdentityChange },
): Promise<{ ok: true } | Settled> {
  const { database, sealing } = parts
  const { accountId, by } = change
  return database.transaction(async (tx) => {
    const refusal = await settledRefusal(tx, accountId)
    if (refusal !== undefined) return refusal
    const at = await database.now(tx)
    const before = (await readIdentities(tx, sealing, [accountId])).get(accountId)
    const fields = Object.entries({ ...before, ...change.identity }).filter(([, value]) => typeof value === 'string')
    const name = change.identity.name ?? before?.name ?? ''
    await storeIdentity(tx, sealing, { accountId, identity: { ...Object.fromEntries(fields), name }, at })
    const objectId = publicId('account', accountId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor: by, action: 'identity.changed', objectId }], at)
    return { ok: true }
  })
}

/** Keeps the photo and asks whether the holder is who they say; a provider that does not answer is asked again by the job. */
export async function sendPhotoForProofing(
  parts: ProofingParts,
  sent: { accountId: string; by: string; photo: Photo },
): Promise<{ ok: true } | Settled> {
  const { database } = parts
  const { accountId, by, photo } = sent
  const early = await database.transaction((tx) => settledRefusal(tx, accountId))
  if (early !== undefined) return early
  const kept = (await database.now()).getTime() + photoKeepDays * 24 * 60 * 60 * 1000
  const isKept = await keepPhoto(parts, { owner: { accountId }, photo, deleteAt: new Date(kept) })
  if (!isKept) return { ok: false, refusal: { code: 'overloaded', values: { seconds: dropSeconds } } }
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    await openProofing(tx, { accountId, at })
    const objectId = publicId('account', accountId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor: by, action: 'identity.photo_sent', objectId }], at)
  })
  await askProvider(parts, { accountId })
  return { ok: true }
}

async function settledRefusal(tx: Tx, accountId: string): Promise<Settled | undefined> {
  const [row] = await tx<{ proofing: ProofingState }[]>`
    select proofing from account_holders where account_id = ${accountId} for update`
  if (row === undefined || row.proofing === 'unproven' || row.proofing === 'refused') return undefined
  return { ok: false, refusal: { code: 'identity_settled', values: { state: row.proofing } } }
}
