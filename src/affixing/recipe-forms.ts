import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { arrayOid } from '../database/array-types.ts'
import type { Queryable, Tx } from '../database/database.ts'
import { recipeFormsAtHand } from '../limits/stamping.ts'
import type { Placement, Recipe } from '../stamp/recipe.ts'

// A recipe is given out whole and never changes. On disk it lies in two parts, since a million recipes of one service differ in
// a tenth of their text only: what the affixing's own columns hold, and the rest, stored once for all that share it.

/** The fields that many recipes share; `reason` and `checkUrl` with a mark where the serial number stands. */
export type SharedRecipe = Omit<
  Recipe,
  'sourceSha256' | 'sourceLength' | 'placement' | 'serial' | 'signedAt' | 'seed'
> & {
  box: Pick<Placement, 'width' | 'height' | 'unit'>
}

/** What an affixing's columns hold of its recipe; times in whole seconds of `createdAt`. */
export type OwnRecipe = Pick<Recipe, 'sourceSha256' | 'sourceLength' | 'serial' | 'seed'> &
  Pick<Placement, 'page' | 'left' | 'bottom'> & { createdAt: Date }

/** No URL or reason of ours has one. */
const serialMark = '{serial}'

/** The part of a recipe that others have too. */
export function sharedRecipe(recipe: Recipe): SharedRecipe {
  const { format, pictureVersion, artworkSha256, placement, documentType, location, specimen } = recipe
  const { width, height, unit } = placement
  return {
    format,
    pictureVersion,
    artworkSha256,
    box: { width, height, unit },
    documentType,
    reason: recipe.reason.replace(recipe.serial, serialMark),
    location,
    checkUrl: recipe.checkUrl.replace(recipe.serial, serialMark),
    specimen,
    signerKeyId: recipe.signerKeyId,
    contentsBytes: recipe.contentsBytes,
    profile: recipe.profile,
  }
}

/** The recipe that was taken apart. */
export function wholeRecipe(shared: SharedRecipe, own: OwnRecipe): Recipe {
  const { page, left, bottom, serial } = own
  return {
    format: shared.format,
    pictureVersion: shared.pictureVersion,
    artworkSha256: shared.artworkSha256,
    sourceSha256: own.sourceSha256,
    sourceLength: own.sourceLength,
    placement: { page, left, bottom, ...shared.box },
    documentType: shared.documentType,
    reason: shared.reason.replace(serialMark, serial),
    location: shared.location,
    serial,
    checkUrl: shared.checkUrl.replace(serialMark, serial),
    specimen: shared.specimen,
    signedAt: `${own.createdAt.toISOString().slice(0, 19)}Z`,
    seed: own.seed,
    signerKeyId: shared.signerKeyId,
    contentsBytes: shared.contentsBytes,
    profile: shared.profile,
  }
}

/** The stored forms that recipes of one transaction share. */
export type RecipeForms = {
  /** The form ids of these recipes, in their order; new forms are stored in the transaction. Throws when a recipe would not be read back as it is. */
  idsOf(tx: Tx, recipes: readonly Recipe[], createdAt: Date): Promise<number[]>
  /** To be called once the transaction is committed: what it found or stored needs no looking up again. */
  committed(): void
}

/**
 * For one transaction. `known`: form ids by hash, shared by the process's transactions and filled by what committed; forms are never
 * changed or deleted.
 */
export function openRecipeForms(known: Map<string, number>): RecipeForms {
  const found = new Map<string, number>()
  return {
    async idsOf(tx, recipes, createdAt) {
      const hashes: string[] = []
      const unknown = new Map<string, string>()
      for (const recipe of recipes) {
        const text = formText(recipe, createdAt)
        const hash = createHash('sha256').update(text).digest('hex')
        hashes.push(hash)
        if (!known.has(hash) && !found.has(hash)) unknown.set(hash, text)
      }
      if (unknown.size > 0) for (const [hash, formId] of await storeForms(tx, unknown)) found.set(hash, formId)
      return hashes.map((hash) => {
        const formId = known.get(hash) ?? found.get(hash)
        if (formId === undefined) throw new Error('the form of a recipe was not stored')
        return formId
      })
    },
    committed() {
      if (known.size + found.size > recipeFormsAtHand) known.clear()
      for (const [hash, formId] of found) known.set(hash, formId)
    },
  }
}

/** What a recipe shares, as text; the recipe must come together of it again. */
function formText(recipe: Recipe, createdAt: Date): string {
  const shared = sharedRecipe(recipe)
  const { page, left, bottom } = recipe.placement
  const again = wholeRecipe(shared, { ...recipe, page, left, bottom, createdAt })
  if (!isDeepStrictEqual(again, recipe)) throw new Error(`the recipe of ${recipe.serial} does not come together again`)
  return JSON.stringify(shared)
}

/** The ids of forms by hash; those that are new are stored. */
async function storeForms(tx: Tx, forms: ReadonlyMap<string, string>): Promise<Map<string, number>> {
  const find = async () => {
    const rows = await tx<{ hash: Buffer; form_id: number }[]>`
      select hash, form_id from recipe_forms where hash = any(${tx.array(
        [...forms.keys()].map((hash) => Buffer.from(hash, 'hex')),
        arrayOid.bytea,
      )}::bytea[])`
    return new Map(rows.map((row) => [row.hash.toString('hex'), row.form_id]))
  }
  const stored = await find()
  // Sorted, so that two batches with the same new forms wait for each other in one order.
  const fresh = [...forms].filter(([hash]) => !stored.has(hash)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (fresh.length === 0) return stored
  await tx`
    insert into recipe_forms (hash, shared)
    select decode(u.hash, 'hex'), u.shared::json
    from unnest(${fresh.map(([hash]) => hash)}::text[], ${fresh.map(([, text]) => text)}::text[]) with ordinality u(hash, shared, nr)
    order by u.nr on conflict (hash) do nothing`
  return find()
}

/** The columns that a recipe is read from; a version before 0007 stored it whole in `recipe`. */
export type RecipeRow = {
  source_sha256: Buffer
  created_at: Date
} & (
  | { whole_recipe: Recipe; shared_recipe: null }
  | {
      whole_recipe: null
      shared_recipe: SharedRecipe
      source_length: number
      page: number
      box_left: number
      box_bottom: number
      seed: Buffer
    }
)

/** The columns of a RecipeRow, for a select from affixings. */
export function recipeColumns(sql: Queryable) {
  return sql`source_sha256, created_at, recipe as whole_recipe,
    (select f.shared from recipe_forms f where f.form_id = recipe_form) as shared_recipe,
    source_length, page, box_left, box_bottom, seed`
}

/** The recipe of a row with this serial number, as it was given out. */
export function recipeFromRow(row: RecipeRow, serial: string): Recipe {
  if (row.shared_recipe === null) {
    if (row.whole_recipe === null)
      throw new Error(`the recipe of ${serial} is missing; restore recipe_forms from a backup`)
    return row.whole_recipe
  }
  return wholeRecipe(row.shared_recipe, {
    sourceSha256: row.source_sha256.toString('hex'),
    sourceLength: row.source_length,
    serial,
    seed: row.seed.toString('hex'),
    page: row.page,
    left: row.box_left,
    bottom: row.box_bottom,
    createdAt: row.created_at,
  })
}
