import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../tests/support/database.ts'
import type { Recipe } from '../stamp/recipe.ts'
import { openRecipeForms, sharedRecipe, wholeRecipe } from './recipe-forms.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.drop())

const at = new Date('2026-11-24T09:08:07.654Z')
const length = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 20_000 }).map((value) => value + 0)
const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    serial: fc.stringMatching(/^[0-9A-Z]{22}$/),
    artworkSha256: fc.option(fc.constant('a'.repeat(64))),
    sourceLength: fc.integer({ min: 1, max: 200 * 1024 * 1024 }),
    placement: fc.record({
      page: fc.integer({ min: 1, max: 100_000 }),
      left: length,
      bottom: length,
      width: length,
      height: length,
      unit: fc.constantFrom('pt' as const, 'mm' as const),
    }),
    location: fc.string(),
    specimen: fc.boolean(),
    contentsBytes: fc.nat(),
  })
  .map((drawn) => ({
    ...drawn,
    format: 1,
    pictureVersion: 1,
    sourceSha256: randomBytes(32).toString('hex'),
    documentType: 'surat-pernyataan',
    reason: `[${drawn.serial}] Surat Pernyataan`,
    checkUrl: `https://meterai.example/cek/${drawn.serial}`,
    signedAt: '2026-11-24T09:08:07Z',
    seed: randomBytes(32).toString('hex'),
    signerKeyId: 'b'.repeat(32),
    profile: 'B-LT',
  }))

test('a recipe comes together from what it shares and what it has for itself', () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const { page, left, bottom } = recipe.placement
      const shared = JSON.parse(JSON.stringify(sharedRecipe(recipe)))
      expect(wholeRecipe(shared, { ...recipe, page, left, bottom, createdAt: at })).toEqual(recipe)
    }),
  )
})

test('recipes of one service share a form, whatever document, place and serial number they are for', async () => {
  const [one, another] = fc.sample(recipes, { numRuns: 2, seed: 1 })
  if (one === undefined || another === undefined) throw new Error('no recipes')
  const { location, specimen, contentsBytes, artworkSha256, placement } = one
  const { width, height, unit } = placement
  const alike = { location, specimen, contentsBytes, artworkSha256 }
  const second = { ...another, ...alike, placement: { ...another.placement, width, height, unit } }

  const [first, same, other] = await db.database.transaction((tx) =>
    openRecipeForms(new Map()).idsOf(tx, [one, second, { ...one, location: 'Medan' }], at),
  )
  const [again] = await db.database.transaction((tx) => openRecipeForms(new Map()).idsOf(tx, [second], at))

  expect(same).toBe(first)
  expect(again).toBe(first)
  expect(other).not.toBe(first)
})

test('what a transaction knew of forms is known to others once it is committed, and not when it is rolled back', async () => {
  const [recipe] = fc.sample(recipes, { numRuns: 1, seed: 1 })
  if (recipe === undefined) throw new Error('no recipe')
  const known = new Map<string, number>()

  const failing = db.database.transaction(async (tx) => {
    await openRecipeForms(known).idsOf(tx, [recipe], at)
    throw new Error('rolled back')
  })
  await expect(failing).rejects.toThrow('rolled back')
  expect(known.size).toBe(0)

  const [formId, forms] = await db.database.transaction(async (tx) => {
    const opened = openRecipeForms(known)
    const [id] = await opened.idsOf(tx, [recipe], at)
    return [id, opened] as const
  })
  forms.committed()
  expect([...known.values()]).toEqual([formId])
})

test('a recipe that would not be read back as it is is refused', async () => {
  const [recipe] = fc.sample(recipes, { numRuns: 1, seed: 2 })
  if (recipe === undefined) throw new Error('no recipe')
  const late = new Date('2026-11-24T09:08:08Z')

  await expect(db.database.transaction((tx) => openRecipeForms(new Map()).idsOf(tx, [recipe], late))).rejects.toThrow(
    /does not come together again/,
  )
})
