import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { newUuid } from '../../base/ids.ts'
import type { Sealing } from '../../base/sealing.ts'
import type { Blobs } from '../../blobs/blobs.ts'
import type { Database, Queryable, Tx } from '../../database/database.ts'
import {
  photoBatchMax,
  photoBytesMin,
  photoKeepDays,
  photoOfNobodySeconds,
  photoOnItsWaySeconds,
  photosUnownedBytesMax,
} from '../../limits/people.ts'
import type { AccountKind } from '../account-identity.ts'
import { papersOf, type OrganisationPaper, type PaperKind, type PaperType } from './paper-kinds.ts'
import type { PaperFile } from './read-paper.ts'

// A file is known to a row from before it exists until after it is gone, so none is ever left behind by a crash.

export type PaperParts = { database: Database; sealing: Sealing; blobs: Blobs }

/** Whose paper it is: a registration's until that is completed, then the account's. UUIDs. */
export type PaperOwner = { registrationId: string } | { accountId: string }

// the name under which the first of them were sealed: it is part of the seal
const place = (paperId: string) => ({ purpose: 'identity.photo', owner: paperId })

function ownedBy(sql: Queryable, owner: PaperOwner) {
  return 'accountId' in owner ? sql`account_id = ${owner.accountId}` : sql`registration_id = ${owner.registrationId}`
}

/**
 * Keeps a paper sealed, in a file of its own, until `deleteAt` or a decision, and while one is waited for; one of this kind that the owner had
 * before goes. False where those that are no account's take too much room: anyone may begin a registration, and disks end. That holds back
 * no account. Before a contact of the registration is proven, it is kept for an hour.
 */
export async function keepPaper(
  parts: PaperParts,
  kept: { owner: PaperOwner; kind: PaperKind; file: PaperFile; deleteAt: Date },
): Promise<boolean> {
  const { database, sealing, blobs } = parts
  const { owner, kind, file, deleteAt } = kept
  const at = await database.now()
  const paperId = newUuid(at)
  const sealed = sealing.seal(place(paperId), file.bytes)
  const sha256 = createHash('sha256').update(sealed).digest('hex')
  const bytes = Math.max(photoBytesMin, sealed.length)
  const arrivesUntil = new Date(at.getTime() + photoOnItsWaySeconds * 1000)
  const rows = await database.sql`
    insert into identity_papers (paper_id, kind, blob_sha256, media_type, bytes, delete_at, created_at)
    select ${paperId}, ${kind}, ${sha256}, ${file.type}, ${bytes}, ${arrivesUntil}, ${at}
    where ${'accountId' in owner} or (
      select coalesce(sum(bytes), 0) from identity_papers where account_id is null) + ${bytes} <= ${photosUnownedBytesMax} returning 1`
  if (rows.length === 0) return false
  const temporaryPath = blobs.temporaryPath()
  await writeFile(temporaryPath, sealed, { mode: 0o600 })
  await blobs.keep(temporaryPath)
  await database.transaction(async (tx) => {
    // Two uploads at once take turns: the later one's paper stays.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`identity paper ${kind} ${Object.values(owner).join(' ')}`}, 0))`
    // Held, so that a decision comes before this, or after it and finds the paper; held first, as whoever decides does.
    const [waits] =
      'accountId' in owner
        ? await tx`select proofing = 'waiting' as "isWaiting" from account_holders where account_id = ${owner.accountId} for update`
        : []
    await tx`
      update identity_papers set registration_id = null, account_id = null, delete_at = ${at}
      where ${ownedBy(tx, owner)} and kind = ${kind}`
    if ('accountId' in owner) {
      const until = waits?.['isWaiting'] === true ? null : deleteAt
      await tx`update identity_papers set delete_at = ${until}, account_id = ${owner.accountId} where paper_id = ${paperId}`
    } else
      await tx`
        update identity_papers set registration_id = ${owner.registrationId}, delete_at = case
          when exists (select from registrations where registration_id = ${owner.registrationId} and (email_proven or phone_proven))
            then ${deleteAt}::timestamptz
          else least(${deleteAt}::timestamptz, ${at}::timestamptz + make_interval(secs => ${photoOfNobodySeconds})) end
        where paper_id = ${paperId}`
  })
  return true
}

/** One of the owner's papers; undefined where there is none, or no more. Throws where the file is damaged. */
export async function readKeptPaper(
  parts: PaperParts,
  owner: PaperOwner,
  kind: PaperKind,
): Promise<PaperFile | undefined> {
  const { database, sealing, blobs } = parts
  const [row] = await database.sql<{ paper_id: string; blob_sha256: string; media_type: PaperType }[]>`
    select paper_id, blob_sha256, media_type from identity_papers where ${ownedBy(database.sql, owner)} and kind = ${kind}`
  const path = row === undefined ? undefined : await blobs.path(row.blob_sha256)
  if (row === undefined || path === undefined) return undefined
  return { type: row.media_type, bytes: sealing.open(place(row.paper_id), await readFile(path)) }
}

/** What the owner has sent: whether a photo of an identity card, and which papers of an organisation. */
export async function listPapers(
  sql: Queryable,
  owner: PaperOwner,
): Promise<{ hasPhoto: boolean; papers: OrganisationPaper[] }> {
  const rows = await sql<{ kind: PaperKind }[]>`
    select kind from identity_papers where ${ownedBy(sql, owner)} order by array_position(array['nib', 'npwp', 'deed'], kind)`
  const kinds = rows.map((row) => row.kind)
  return { hasPhoto: kinds.includes('identity_card'), papers: kinds.filter((kind) => kind !== 'identity_card') }
}

/** The registration's papers are the account's from now on; what holders of its kind do not send is left to be deleted. */
export async function movePapers(
  tx: Tx,
  moved: { registrationId: string; accountId: string; accountKind: AccountKind },
): Promise<void> {
  const kinds = ['identity_card', ...papersOf(moved.accountKind)]
  await tx`
    update identity_papers set account_id = ${moved.accountId}, registration_id = null
    where registration_id = ${moved.registrationId} and kind = any(${kinds}::text[])`
}

/** A registration's papers stay as long as the registration, once somebody has proven a contact of theirs. */
export async function keepPapersOfApplicant(tx: Tx, kept: { registrationId: string; deleteAt: Date }): Promise<void> {
  await tx`
    update identity_papers set delete_at = ${kept.deleteAt}
    where registration_id = ${kept.registrationId} and delete_at < ${kept.deleteAt}`
}

/** While a decision is waited for papers stay. */
export async function holdPapers(tx: Tx, accountId: string): Promise<void> {
  await tx`update identity_papers set delete_at = null where account_id = ${accountId}`
}

/** After a decision papers are kept for complaints, and no longer. */
export async function keepPapersUntil(tx: Tx, kept: { accountId: string; decidedAt: Date }): Promise<void> {
  const deleteAt = new Date(kept.decidedAt.getTime() + photoKeepDays * 24 * 60 * 60 * 1000)
  await tx`update identity_papers set delete_at = ${deleteAt} where account_id = ${kept.accountId}`
}

/** Papers that nobody may see any more, and whose files the next round of the job deletes. */
export async function forgetPapers(tx: Tx, forgotten: { accountId: string; at: Date }): Promise<void> {
  await tx`
    update identity_papers set account_id = null, delete_at = ${forgotten.at} where account_id = ${forgotten.accountId}`
}

/** Deletes the files whose time is over, then their rows. Returns how many. Safe in several processes at once. */
export async function dropOldPapers(
  { database, blobs }: Pick<PaperParts, 'database' | 'blobs'>,
  stopping: AbortSignal,
): Promise<number> {
  const due = await database.sql<{ paper_id: string; blob_sha256: string }[]>`
    select paper_id, blob_sha256 from identity_papers where delete_at < database_now() order by delete_at limit ${photoBatchMax}`
  let dropped = 0
  for (const { paper_id: paperId, blob_sha256: sha256 } of due) {
    if (stopping.aborted) break
    await blobs.remove(sha256)
    await database.sql`delete from identity_papers where paper_id = ${paperId}`
    dropped++
  }
  return dropped
}
