import type { Queryable, Sql } from '../database/database.ts'
import type { DocumentType } from '../stamp/document-types.ts'
import type { Recipe, ValidationData } from '../stamp/recipe.ts'
import { recipeColumns, recipeFromRow, type RecipeRow } from './recipe-forms.ts'
import { readSignatures, signatureColumns, signaturesOfRows, type SignatureColumns } from './signatures.ts'
import { factsFrom, type StoredFacts } from './stored-facts.ts'

/** `reserved -> affixed` or `reserved -> released`; nothing else. */
export const affixingStates = ['reserved', 'affixed', 'released'] as const
export type AffixingState = (typeof affixingStates)[number]

/** Why quota came back: time ran out, its owner asked, or the stamp could not be made. */
export const releaseReasons = ['expired', 'cancelled', 'refused'] as const
export type ReleaseReason = (typeof releaseReasons)[number]

/** What people say about the document; kept for the owner's history and the tax return, never shown publicly. */
export type Facts = {
  documentType: DocumentType
  /** Number of the document, "0" where it has none. */
  number: string
  /** Date on the document, YYYY-MM-DD. */
  date?: string | undefined
  fileName?: string | undefined
  /** Whole rupiah, digits. */
  valueRupiah?: string | undefined
  identityType?: 'KTP' | 'NPWP' | 'PASSPORT' | undefined
  identityNumber?: string | undefined
  payerName?: string | undefined
  /** City shown in the signature. */
  location?: string | undefined
  /** A cost centre of the account's. */
  tag?: string | undefined
}

export type AffixingLedger = 'stamps' | 'specimens'

/** One affixing as stored. Ids are UUIDs here; the API shows `afx_...`. Digests are 64 lower-case hex. */
export type Affixing = {
  accountId: string
  id: string
  state: AffixingState
  ledger: AffixingLedger
  serial: string
  recipe: Recipe
  facts: Facts
  pageCount: number
  additional: boolean
  createdAt: Date
  expiresAt: Date
  /** Bound by the signature, or before it while a timestamp is awaited. */
  digest: string | undefined
  affixedAt: Date | undefined
  releasedAt: Date | undefined
  releaseReason: ReleaseReason | undefined
}

/** The stored signature of an affixed stamp: the whole CMS and the validation data in the order written. */
export type StoredSignature = { cms: Uint8Array; validation: ValidationData }

/** An affixing with its signature, once it has one. */
export type SignedAffixing = { affixing: Affixing; signature: StoredSignature | undefined }

export type AffixingRow = RecipeRow & {
  account_id: string
  affixing_id: string
  state: AffixingState
  ledger: AffixingLedger
  serial: string
  facts: StoredFacts
  page_count: number
  additional: boolean
  expires_at: Date
  digest: Buffer | null
  affixed_at: Date | null
  released_at: Date | null
  release_reason: ReleaseReason | null
}

/** The columns of an AffixingRow, for a select of this folder. */
export function affixingColumns(sql: Queryable) {
  return sql`account_id, affixing_id, state, ledger, serial, ${recipeColumns(sql)}, facts, page_count, additional, expires_at, digest,
    affixed_at, released_at, release_reason`
}

/** A row as the rest of the code sees it. */
export function affixingFromRow(row: AffixingRow): Affixing {
  const recipe = recipeFromRow(row, row.serial)
  return {
    accountId: row.account_id,
    id: row.affixing_id,
    ledger: row.ledger,
    serial: row.serial,
    recipe,
    facts: factsFrom(row.facts, recipe.documentType),
    pageCount: row.page_count,
    additional: row.additional,
    createdAt: row.created_at,
    ...changesOf(row),
  }
}

/** The columns that change after a reservation. */
function changesOf(
  row: Pick<AffixingRow, 'state' | 'expires_at' | 'digest' | 'affixed_at' | 'released_at' | 'release_reason'>,
) {
  return {
    state: row.state,
    expiresAt: row.expires_at,
    digest: row.digest?.toString('hex'),
    affixedAt: row.affixed_at ?? undefined,
    releasedAt: row.released_at ?? undefined,
    releaseReason: row.release_reason ?? undefined,
  }
}

/** The affixings of these ids with their signatures, by id; absent where the id is another account's or nobody's. */
export async function findAffixings(
  sql: Queryable,
  wanted: readonly { accountId: string; id: string }[],
): Promise<Map<string, SignedAffixing>> {
  const rows = await sql<AffixingRow[]>`
    select ${affixingColumns(sql)} from affixings where (account_id, affixing_id) in (select * from unnest(
      ${wanted.map((item) => item.accountId)}::uuid[], ${wanted.map((item) => item.id)}::uuid[]))`
  const affixings = rows.map(affixingFromRow)
  const affixed = affixings.filter(({ state }) => state === 'affixed')
  const signatures = affixed.length === 0 ? undefined : await readSignatures(sql, affixed)
  return new Map(affixings.map((affixing) => [affixing.id, { affixing, signature: signatures?.get(affixing.id) }]))
}

/** What changes of an affixing, and the signature's columns where it has one. */
type SettledRow = SignatureColumns &
  Pick<AffixingRow, 'affixing_id' | 'state' | 'expires_at' | 'digest' | 'affixed_at' | 'released_at' | 'release_reason'>

/**
 * These affixings as their committed rows have them now, with their signatures, by id: what never changes of them is known, so the rest is read
 * alone and in one statement. Absent where the row is gone.
 */
export async function readSettled(sql: Sql, known: readonly Affixing[]): Promise<Map<string, SignedAffixing>> {
  const rows = await sql<SettledRow[]>`
    select a.affixing_id, a.state, a.expires_at, a.digest, a.affixed_at, a.released_at, a.release_reason, ${signatureColumns(sql)}
    from unnest(${known.map((one) => one.accountId)}::uuid[], ${known.map((one) => one.id)}::uuid[]) u(account_id, affixing_id)
    join affixings a on a.account_id = u.account_id and a.affixing_id = u.affixing_id
    left join signatures s on s.account_id = u.account_id and s.affixing_id = u.affixing_id`
  const signed = rows.filter(({ state }) => state === 'affixed')
  const signatures = await signaturesOfRows(sql, signed)
  const byId = new Map(known.map((one) => [one.id, one]))
  return new Map(
    rows.flatMap((row) => {
      const one = byId.get(row.affixing_id)
      return one === undefined
        ? []
        : [[one.id, { affixing: { ...one, ...changesOf(row) }, signature: signatures.get(one.id) }]]
    }),
  )
}

/** One affixing of this account; undefined for another's and for none: the answers are the same. */
export async function findAffixing(
  sql: Queryable,
  wanted: { accountId: string; id: string },
): Promise<SignedAffixing | undefined> {
  return (await findAffixings(sql, [wanted])).get(wanted.id)
}

/** Which affixings a list wants; newest first. `before` is the id the last page ended with. */
export type AffixingFilter = {
  accountId: string
  limit: number
  before?: string | undefined
  sourceSha256?: string | undefined
  state?: AffixingState | undefined
}

/** A page of an account's affixings, newest first. */
export async function listAffixings(sql: Queryable, filter: AffixingFilter): Promise<Affixing[]> {
  const rows = await sql<AffixingRow[]>`
    select ${affixingColumns(sql)} from affixings
    where account_id = ${filter.accountId}
      ${filter.before === undefined ? sql`` : sql`and affixing_id < ${filter.before}`}
      ${filter.sourceSha256 === undefined ? sql`` : sql`and source_sha256 = ${Buffer.from(filter.sourceSha256, 'hex')}`}
      ${filter.state === undefined ? sql`` : sql`and state = ${filter.state}`}
    order by affixing_id desc limit ${filter.limit}`
  return rows.map(affixingFromRow)
}
