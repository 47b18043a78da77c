import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { openHand } from '../support/hand.ts'
import { accessibilityProblems, visit } from '../support/journey.ts'
import { isWholeMatrix } from '../support/matrix.ts'
import { everyMode, modeName, pairsOf, spreadModes, type Mode } from '../support/modes.ts'
import { testWeb, type TestWeb } from '../support/web.ts'
import { wholeJourneys } from './whole/whole-journeys.ts'

/** On a machine that is busy with the rest of the tests a journey of sixty pages by keyboard takes its time. */
const journeyMilliseconds = 300_000
const actMilliseconds = 30_000

const modesOf = (at: number): Mode[] =>
  isWholeMatrix ? [...everyMode] : spreadModes.filter((_, index) => index === at % spreadModes.length)
const runs = wholeJourneys.flatMap((journey, at) => modesOf(at).map((mode) => ({ journey, mode })))
const unfitRuns = runs.flatMap(({ journey, mode }) => {
  const reason = journey.unfit?.(mode)
  return reason === undefined ? [] : [{ journey, mode, reason }]
})
const fitRuns = runs.filter(({ journey, mode }) => journey.unfit?.(mode) === undefined)

let web: TestWeb
let browser: Browser
let gone = 0
beforeAll(async () => {
  ;[web, browser] = await Promise.all([testWeb(), openBrowser()])
})
afterAll(async () => {
  if (isWholeMatrix) tellTable()
  await browser.close()
  await web.close()
})

/** Which modes a journey cannot be gone in, and why. */
function tellTable(): void {
  for (const { journey, mode, reason } of unfitRuns)
    console.log(`cannot be ${modeName(mode).padEnd(32)} ${journey.name}: ${reason}`)
  console.log(`${gone} of ${fitRuns.length} gone, ${unfitRuns.length} cannot be`)
}

test.each(fitRuns.map((run) => [run.journey.name, modeName(run.mode), run] as const))(
  '%s (%s)',
  async (_, __, { journey, mode }) => {
    const began = performance.now()
    const { page, context } = await visit(browser, mode)
    page.setDefaultTimeout(actMilliseconds)
    const problems: string[] = []
    const judge = async () => void problems.push(...(await accessibilityProblems(page)))
    // the judge is a script itself, and finds the same whoever acts
    const judged = isWholeMatrix && mode.scripts && mode.hand === 'pointer' ? { judge } : {}
    await journey.walk({ web, context, hand: openHand(page, { url: web.url, mode, ...judged }), mode })
    await context.close()
    expect(problems).toEqual([])
    gone++
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    if (isWholeMatrix) console.log(`gone      ${modeName(mode).padEnd(32)} ${journey.name} (${seconds} s)`)
  },
  journeyMilliseconds,
)

test('where each journey is gone once, any two values of different kinds meet', () => {
  const met = new Set(wholeJourneys.flatMap((_, at) => pairsOf(spreadModes[at % spreadModes.length] ?? spreadModes[0])))
  expect([...new Set(everyMode.flatMap(pairsOf))].filter((pair) => !met.has(pair))).toEqual([])
  for (const [at, journey] of wholeJourneys.entries())
    for (const mode of spreadModes.filter((_, index) => index === at % spreadModes.length))
      expect(journey.unfit?.(mode)).toBeUndefined()
})
