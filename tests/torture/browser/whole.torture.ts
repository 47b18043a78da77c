import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { accountProblems, ledgerProblems, openScene, type Scene } from './scene.ts'
import { nameOf, torments } from './torments.ts'

let scene: Scene
const rows: { deed: string; step: string; harm: string; ended: string }[] = []
beforeAll(async () => {
  scene = await openScene()
})
afterEach(() => scene.front.heal())
afterAll(async () => {
  console.table(rows)
  await scene.close()
})

test.each(torments.map((torment) => [nameOf(torment), torment] as const))('%s', async (_, torment) => {
  const { deed, step, harm } = torment
  const row = { deed, step, harm, ended: 'NOT AS IT SHOULD' }
  rows.push(row)
  const { person, bought, stamped, said } = await torment.run(scene)
  expect(await accountProblems(scene, person, { bought, stamped })).toEqual([])
  row.ended = `${said.length === 0 ? 'by itself' : [...new Set(said)].join(', ')}: ${stamped} stamped`
})

test('every unit given is available, reserved or spent', async () => {
  expect(await ledgerProblems(scene)).toEqual([])
})
