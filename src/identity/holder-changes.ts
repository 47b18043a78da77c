import { recordAudit } from '../audit/audit.ts'
import { newUuid, publicId } from '../base/ids.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import {
  readIdentities,
  storeIdentity,
  type AccountKind,
  type Identity,
  type ProofingState,
} from './account-identity.ts'
import { photoKeepDays } from '../limits/people.ts'
import { dropSeconds } from '../limits/traffic.ts'
import { keepPaper } from './papers/keep-paper.ts'
import { papersOf, type OrganisationPaper, type PaperKind } from './papers/paper-kinds.ts'
import type { PaperFile } from './papers/read-paper.ts'
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
  sent: { accountId: string; by: string; photo: PaperFile },
): Promise<{ ok: true } | Settled> {
  const { database } = parts
  const { accountId, by, photo } = sent
  const early = await database.transaction((tx) => settledRefusal(tx, accountId))
  if (early !== undefined) return early
  const refusal = await keepForAccount(parts, { accountId, kind: 'identity_card', file: photo })
  if (refusal !== undefined) return refusal
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    await openProofing(tx, { accountId, at })
    const objectId = publicId('account', accountId)
    await recordAudit(tx, [{ accountId, id: newUuid(at), actor: by, action: 'identity.photo_sent', objectId }], at)
  })
  await askProvider(parts, { accountId })
  return { ok: true }
}

/**
 * Keeps one of an organisation's papers beside what is known of it: to be looked at by who decides, and before its holder is proven. A case that
 * waits goes on waiting. Refuses `not_found` for a paper that holders of this kind do not send.
 */
export async function sendPaperForProofing(
  parts: ProofingParts,
  sent: { accountId: string; by: string; paper: OrganisationPaper; file: PaperFile },
): Promise<{ ok: true } | Settled | { ok: false; refusal: Refusal<'not_found'> }> {
  const { database } = parts
  const { accountId, by, paper, file } = sent
  const [holder] = await database.sql<{ kind: AccountKind; proofing: ProofingState }[]>`
    select kind, proofing from account_holders where account_id = ${accountId}`
  if (!papersOf(holder?.kind).includes(paper))
    return { ok: false, refusal: { code: 'not_found', values: { id: paper } } }
  if (holder?.proofing === 'proven')
    return { ok: false, refusal: { code: 'identity_settled', values: { state: 'proven' } } }
  const refusal = await keepForAccount(parts, { accountId, kind: paper, file })
  if (refusal !== undefined) return refusal
  await database.transaction(async (tx) => {
    const at = await database.now(tx)
    const objectId = publicId('account', accountId)
    const entry = { accountId, id: newUuid(at), actor: by, action: 'identity.paper_sent', objectId, detail: { paper } }
    await recordAudit(tx, [entry], at)
  })
  return { ok: true }
}

/** Keeps a paper for a month at least, as nobody may ever decide about it. */
async function keepForAccount(
  parts: ProofingParts,
  kept: { accountId: string; kind: PaperKind; file: PaperFile },
): Promise<Settled | undefined> {
  const { accountId, kind, file } = kept
  const until = (await parts.database.now()).getTime() + photoKeepDays * 24 * 60 * 60 * 1000
  const isKept = await keepPaper(parts, { owner: { accountId }, kind, file, deleteAt: new Date(until) })
  return isKept ? undefined : { ok: false, refusal: { code: 'overloaded', values: { seconds: dropSeconds } } }
}

async function settledRefusal(tx: Tx, accountId: string): Promise<Settled | undefined> {
  const [row] = await tx<{ proofing: ProofingState }[]>`
    select proofing from account_holders where account_id = ${accountId} for update`
  if (row === undefined || row.proofing === 'unproven' || row.proofing === 'refused') return undefined
  return { ok: false, refusal: { code: 'identity_settled', values: { state: row.proofing } } }
}
