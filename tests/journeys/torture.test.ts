import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { isWholeTorture } from '../support/matrix.ts'
import { accountProblems, ledgerProblems, openScene, type Scene } from '../torture/browser/scene.ts'
import { nameOf, torments } from '../torture/browser/torments.ts'

// After everything that is done to somebody here, their document has one stamp and they paid for one, and every page on the way there
// said what happened and what to do: who goes it presses nothing but what the pages offer.

const tormentMilliseconds = 180_000
const chosen = torments.filter(({ isQuick }) => isWholeTorture || isQuick)

let scene: Scene
beforeAll(async () => {
  scene = await openScene()
})
afterEach(() => scene.leave())
afterAll(() => scene.close())

test.each(chosen.map((torment) => [nameOf(torment), torment] as const))(
  '%s',
  async (_, torment) => {
    const { person, bought, stamped, said } = await torment.run(scene)
    expect(await accountProblems(scene, person, { bought, stamped })).toEqual([])
    const heard = said.length === 0 ? 'by itself' : [...new Set(said)].join(', ')
    const ended = stamped === 0 ? `${bought} bought once` : 'stamped once'
    if (isWholeTorture) console.log(`${nameOf(torment)}: ${heard}, ${ended}`)
  },
  tormentMilliseconds,
)

test('every unit given is available, reserved or spent', async () => {
  expect(chosen.length).toBeGreaterThan(5)
  expect(await ledgerProblems(scene)).toEqual([])
})
