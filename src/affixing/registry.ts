import type { Queryable, Sql } from '../database/database.ts'
import type { Recipe } from '../stamp/recipe.ts'
import type { AffixingState } from './affixing.ts'
import { recipeColumns, recipeFromRow, type RecipeRow } from './recipe-forms.ts'

/** What the registry holds of one serial number, for whoever checks a stamp; never names, numbers or accounts. */
export type RegistryEntry = {
  serial: string
  state: AffixingState
  digest: string | undefined
  affixedAt: Date | undefined
  recipe: Recipe
}

/** The entries of these serial numbers, by serial; those never given are absent. */
export async function findSerials(sql: Sql, serials: readonly string[]): Promise<Map<string, RegistryEntry>> {
  const rows = await sql<
    (RecipeRow & { serial: string; state: AffixingState; digest: Buffer | null; affixed_at: Date | null })[]
  >`
    select s.serial, a.state, a.digest, a.affixed_at, ${recipeColumns(sql)}
    from serials s join affixings a on a.account_id = s.account_id and a.affixing_id = s.affixing_id
    where s.serial = any(${[...serials]}::text[])`
  return new Map(
    rows.map((row) => {
      const { serial, state, digest, affixed_at } = row
      const recipe = recipeFromRow(row, serial)
      return [serial, { serial, state, digest: digest?.toString('hex'), affixedAt: affixed_at ?? undefined, recipe }]
    }),
  )
}

/** How many reservations are open, and how old the oldest is. */
export async function openAffixings(sql: Queryable): Promise<{ count: number; oldestSeconds: number }> {
  const [row] = await sql<{ count: bigint; oldest: number }[]>`
    select count(*) as count, coalesce(extract(epoch from database_now() - min(created_at)), 0)::float8 as oldest
    from affixings where state = 'reserved'`
  return { count: Number(row?.count ?? 0), oldestSeconds: row?.oldest ?? 0 }
}
