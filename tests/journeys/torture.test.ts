import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { accountProblems, ledgerProblems, openScene, type Scene } from '../torture/browser/scene.ts'
import { nameOf, torments } from '../torture/browser/torments.ts'

// A few of what `npm run torture:browser` does whole: one of each kind.

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
})
afterEach(() => scene.front.heal())
afterAll(() => scene.close())

const few = torments.filter(({ isQuick }) => isQuick)

test.each(few.map((torment) => [nameOf(torment), torment] as const))('%s', async (_, torment) => {
  const { person, bought, stamped } = await torment.run(scene)
  expect(await accountProblems(scene, person, { bought, stamped })).toEqual([])
})

test('every unit given is available, reserved or spent', async () => {
  expect(few.length).toBeGreaterThan(5)
  expect(await ledgerProblems(scene)).toEqual([])
})
