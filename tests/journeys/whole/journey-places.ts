import { expect } from 'vitest'
import type { BrowserContext } from 'playwright-core'
import type { Hand } from '../../support/hand.ts'
import { lastPagePng, differingBox, pdfsigReport } from '../../support/judges.ts'
import type { Mode } from '../../support/modes.ts'
import type { TestWeb } from '../../support/web.ts'
import { redPixels } from '../../support/red-pixels.ts'

/** Where a journey takes place: the service, the browser of one person, and their hand on its page. */
export type JourneyPlace = { web: TestWeb; context: BrowserContext; hand: Hand; mode: Mode }

/** One journey from its first page to its last. `unfit` tells why a mode cannot be, undefined where it can. */
export type Journey = {
  name: string
  walk(place: JourneyPlace): Promise<void>
  unfit?(mode: Mode): string | undefined
}

/** A stamped copy is the original with an update behind it, valid for pdfsig, and shows a stamp of 20 to 40 mm in red on that page. */
export function expectStamped(original: Buffer, stamped: Buffer, page: number): void {
  expect(stamped.subarray(0, original.length).equals(original)).toBe(true)
  expect(pdfsigReport(stamped)).toMatch(/Signature is Valid/)
  const [before, after] = [lastPagePng(original, page), lastPagePng(stamped, page)]
  const box = differingBox(before, after)
  expect(box).toBeDefined()
  if (box === undefined) return
  for (const side of [box.right - box.left, box.top - box.bottom]) {
    expect(side).toBeGreaterThan(56)
    expect(side).toBeLessThan(114)
  }
  expect(redPixels(before)).toBe(0)
  expect(redPixels(after)).toBeGreaterThan(1000)
}
