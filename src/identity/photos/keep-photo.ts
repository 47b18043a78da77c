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
import type { PhotoType } from './photo-types.ts'

// A file is known to a row from before it exists until after it is gone, so none is ever left behind by a crash.

export type PhotoParts = { database: Database; sealing: Sealing; blobs: Blobs }

/** Whose picture it is: a registration's until that is completed, then the account's. UUIDs. */
export type PhotoOwner = { registrationId: string } | { accountId: string }

/** A picture that was kept, opened again. */
export type Photo = { type: PhotoType; bytes: Buffer }

const place = (photoId: string) => ({ purpose: 'identity.photo', owner: photoId })

function ownedBy(sql: Queryable, owner: PhotoOwner) {
  return 'accountId' in owner ? sql`account_id = ${owner.accountId}` : sql`registration_id = ${owner.registrationId}`
}

/**
 * Keeps a picture sealed, in a file of its own, until `deleteAt` or a decision; one that the owner had before goes. False where those that are
 * no account's take too much room: anyone may begin a registration, and disks end. That holds back no account. Before a contact of
 * the registration is proven, it is kept for an hour.
 */
export async function keepPhoto(
  parts: PhotoParts,
  kept: { owner: PhotoOwner; photo: Photo; deleteAt: Date },
): Promise<boolean> {
  const { database, sealing, blobs } = parts
  const { owner, photo, deleteAt } = kept
  const at = await database.now()
  const photoId = newUuid(at)
  const sealed = sealing.seal(place(photoId), photo.bytes)
  const sha256 = createHash('sha256').update(sealed).digest('hex')
  const bytes = Math.max(photoBytesMin, sealed.length)
  const arrivesUntil = new Date(at.getTime() + photoOnItsWaySeconds * 1000)
  const rows = await database.sql`
    insert into identity_photos (photo_id, blob_sha256, media_type, bytes, delete_at, created_at)
    select ${photoId}, ${sha256}, ${photo.type}, ${bytes}, ${arrivesUntil}, ${at}
    where ${'accountId' in owner} or (
      select coalesce(sum(bytes), 0) from identity_photos where account_id is null) + ${bytes} <= ${photosUnownedBytesMax} returning 1`
  if (rows.length === 0) return false
  const temporaryPath = blobs.temporaryPath()
  await writeFile(temporaryPath, sealed, { mode: 0o600 })
  await blobs.keep(temporaryPath)
  await database.transaction(async (tx) => {
    // Two uploads at once take turns: the later one's picture stays.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`identity photo ${Object.values(owner).join(' ')}`}, 0))`
    await tx`
      update identity_photos set registration_id = null, account_id = null, delete_at = ${at} where ${ownedBy(tx, owner)}`
    if ('accountId' in owner)
      await tx`update identity_photos set delete_at = ${deleteAt}, account_id = ${owner.accountId} where photo_id = ${photoId}`
    else
      await tx`
        update identity_photos set registration_id = ${owner.registrationId}, delete_at = case
          when exists (select from registrations where registration_id = ${owner.registrationId} and (email_proven or phone_proven))
            then ${deleteAt}::timestamptz
          else least(${deleteAt}::timestamptz, ${at}::timestamptz + make_interval(secs => ${photoOfNobodySeconds})) end
        where photo_id = ${photoId}`
  })
  return true
}

/** The owner's picture; undefined where there is none, or no more. Throws where the file is damaged. */
export async function readPhoto(parts: PhotoParts, owner: PhotoOwner): Promise<Photo | undefined> {
  const { database, sealing, blobs } = parts
  const [row] = await database.sql<{ photo_id: string; blob_sha256: string; media_type: PhotoType }[]>`
    select photo_id, blob_sha256, media_type from identity_photos where ${ownedBy(database.sql, owner)}`
  const path = row === undefined ? undefined : await blobs.path(row.blob_sha256)
  if (row === undefined || path === undefined) return undefined
  return { type: row.media_type, bytes: sealing.open(place(row.photo_id), await readFile(path)) }
}

/** Whether the owner has sent a picture. */
export async function hasPhoto(sql: Queryable, owner: PhotoOwner): Promise<boolean> {
  const rows = await sql`select 1 from identity_photos where ${ownedBy(sql, owner)}`
  return rows.length > 0
}

/** The registration's picture is the account's from now on. */
export async function movePhoto(tx: Tx, moved: { registrationId: string; accountId: string }): Promise<void> {
  await tx`
    update identity_photos set account_id = ${moved.accountId}, registration_id = null
    where registration_id = ${moved.registrationId}`
}

/** A registration's picture stays as long as the registration, once somebody has proven a contact of theirs. */
export async function keepPhotoOfApplicant(tx: Tx, kept: { registrationId: string; deleteAt: Date }): Promise<void> {
  await tx`
    update identity_photos set delete_at = ${kept.deleteAt}
    where registration_id = ${kept.registrationId} and delete_at < ${kept.deleteAt}`
}

/** While a decision is waited for a picture stays. */
export async function holdPhoto(tx: Tx, accountId: string): Promise<void> {
  await tx`update identity_photos set delete_at = null where account_id = ${accountId}`
}

/** After a decision a picture is kept for complaints, and no longer. */
export async function keepPhotoUntil(tx: Tx, kept: { accountId: string; decidedAt: Date }): Promise<void> {
  const deleteAt = new Date(kept.decidedAt.getTime() + photoKeepDays * 24 * 60 * 60 * 1000)
  await tx`update identity_photos set delete_at = ${deleteAt} where account_id = ${kept.accountId}`
}

/** A picture that nobody may see any more, and whose file the next round of the job deletes. */
export async function forgetPhoto(tx: Tx, forgotten: { accountId: string; at: Date }): Promise<void> {
  await tx`
    update identity_photos set account_id = null, delete_at = ${forgotten.at} where account_id = ${forgotten.accountId}`
}

/** Deletes the files whose time is over, then their rows. Returns how many. Safe in several processes at once. */
export async function dropOldPhotos(
  { database, blobs }: Pick<PhotoParts, 'database' | 'blobs'>,
  stopping: AbortSignal,
): Promise<number> {
  const due = await database.sql<{ photo_id: string; blob_sha256: string }[]>`
    select photo_id, blob_sha256 from identity_photos where delete_at < database_now() order by delete_at limit ${photoBatchMax}`
  let dropped = 0
  for (const { photo_id: photoId, blob_sha256: sha256 } of due) {
    if (stopping.aborted) break
    await blobs.remove(sha256)
    await database.sql`delete from identity_photos where photo_id = ${photoId}`
    dropped++
  }
  return dropped
}
