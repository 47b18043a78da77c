import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openBreaker, type Breaker, type BreakerState, type Try } from './breaker.ts'

let now = 0
const rules = { failuresMax: 3, openMilliseconds: 1_000, now: () => now }

function failing(breaker: Breaker, times: number): void {
  for (let i = 0; i < times; i++) breaker.begin()?.failed()
}

test('it opens after so many failures in a row and lets nobody through', () => {
  const breaker = openBreaker(rules)
  failing(breaker, 2)
  expect(breaker.state()).toBe('closed')
  failing(breaker, 1)
  expect(breaker.state()).toBe('open')
  expect(breaker.begin()).toBeUndefined()
})

test('a success between failures begins the count anew', () => {
  const breaker = openBreaker(rules)
  failing(breaker, 2)
  breaker.begin()?.succeeded()
  failing(breaker, 2)
  expect(breaker.state()).toBe('closed')
})

test('after its pause one tries for all; its success closes, its failure opens again', () => {
  const breaker = openBreaker(rules)
  failing(breaker, 3)
  now += 1_000
  expect(breaker.state()).toBe('half_open')
  const probe = breaker.begin()
  expect(probe?.probe).toBe(true)
  expect(breaker.begin()).toBeUndefined()
  probe?.failed()
  expect(breaker.state()).toBe('open')
  now += 1_000
  breaker.begin()?.succeeded()
  expect(breaker.state()).toBe('closed')
  expect(breaker.begin()?.probe).toBe(false)
})

test('a probe that never reports is followed by another after a pause', () => {
  const breaker = openBreaker(rules)
  failing(breaker, 3)
  now += 1_000
  const lost = breaker.begin()
  now += 1_000
  const next = breaker.begin()
  expect(next?.probe).toBe(true)
  lost?.succeeded()
  expect(breaker.state()).not.toBe('closed')
  next?.succeeded()
  expect(breaker.state()).toBe('closed')
})

test('tries begun before it opened change nothing any more', () => {
  const breaker = openBreaker(rules)
  const early = Array.from({ length: 5 }, () => breaker.begin())
  failing(breaker, 3)
  for (const one of early.slice(0, 2)) one?.succeeded()
  expect(breaker.state()).toBe('open')
  now += 1_000
  breaker.begin()?.succeeded()
  for (const one of early.slice(2)) one?.failed()
  failing(breaker, 2)
  expect(breaker.state()).toBe('closed')
})

/** The same in the plainest words: a list of what happened, looked at from its end. */
type Model = { state: 'closed' | 'waiting'; failures: number; since: number; era: number }

test('whatever comes in whatever order, it does what the plain model says', () => {
  const step = fc.oneof(
    fc.constant({ kind: 'begin' as const }),
    fc.record({ kind: fc.constant('report' as const), which: fc.nat(20), well: fc.boolean() }),
    fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.nat(1_500) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, failuresMax) => {
      let time = 0
      const breaker = openBreaker({ failuresMax, openMilliseconds: 1_000, now: () => time })
      const model: Model = { state: 'closed', failures: 0, since: 0, era: 0 }
      const enter = (state: Model['state']) =>
        Object.assign(model, { state, failures: 0, since: time, era: model.era + 1 })
      const begun: { one: Try; era: number }[] = []
      const done: unknown[] = []
      const wanted: unknown[] = []
      for (const one of steps) {
        if (one.kind === 'pass') time += one.milliseconds
        if (one.kind === 'begin') {
          const admitted = breaker.begin()
          const ripe = model.state === 'waiting' && time - model.since >= 1_000
          done.push(admitted?.probe)
          wanted.push(model.state === 'closed' || ripe ? ripe : undefined)
          if (ripe) enter('waiting')
          if (admitted !== undefined) begun.push({ one: admitted, era: model.era })
        }
        const reported = one.kind === 'report' ? begun.splice(one.which, 1)[0] : undefined
        if (one.kind === 'report' && reported !== undefined) {
          if (one.well) reported.one.succeeded()
          else reported.one.failed()
          if (reported.era === model.era) {
            if (reported.one.probe) enter(one.well ? 'closed' : 'waiting')
            else if (one.well) model.failures = 0
            else if (++model.failures >= failuresMax) enter('waiting')
          }
        }
        done.push(breaker.state())
        const waited: BreakerState = time - model.since >= 1_000 ? 'half_open' : 'open'
        wanted.push(model.state === 'closed' ? 'closed' : waited)
      }
      expect(done).toEqual(wanted)
    }),
    { numRuns: 500 },
  )
})
