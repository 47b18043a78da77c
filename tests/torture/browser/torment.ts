import type { BrowserContext, Page } from 'playwright-core'
import { pdfsigReport } from '../../support/judges.ts'
import { bytesOf, type Visit } from '../../support/journey.ts'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import type { PortalPerson } from '../../support/portal-person.ts'
import { followPage, type Walk } from './follow-page.ts'
import type { Scene } from './scene.ts'

/** How one ended: whose account it was, what it should have come to, and what the pages said on the way (text keys). */
export type Ended = { person: PortalPerson; bought: number; stamped: number; said: readonly string[] }

/** Something bad that happens to somebody at a step. */
export type Torment = {
  /** What is done. */
  harm: string
  /** When. */
  step: string
  /** One of the few that every run of the tests has. */
  isQuick?: boolean
  run(scene: Scene): Promise<Ended>
}

/** Somebody with two stamps on the affixing page, and the document they have. */
export type Affixer = { person: PortalPerson; context: BrowserContext; page: Page; file: ReturnType<typeof fileOf> }

/** Two: what is charged twice would be charged. */
const bought = 2

/** Opens the affixing page for somebody new. */
export async function comeToAffix(scene: Scene, given: Visit = {}): Promise<Affixer> {
  const { person, context } = await scene.newcomer(bought, given)
  const page = await context.newPage()
  await page.goto(`${scene.front.url}/bubuhkan`)
  return { person, context, page, file: fileOf(freshPdf(2)) }
}

/** Follows the page to the stamped file, has that judged, and tells what the page said on the way. */
export async function walkToStamp(affixer: Pick<Walk, 'page' | 'file'>, walk: Partial<Walk> = {}): Promise<string[]> {
  const { said, download } = await followPage({ ...affixer, ...walk })
  if (download === undefined) throw new Error('no file came out')
  const stamped = await bytesOf(download)
  if (!/Signature is Valid/.test(pdfsigReport(stamped, walk.passwords?.at(-1))))
    throw new Error('pdfsig does not accept what came out')
  return said
}

/** Follows the page until something happens there. */
export async function walkUntil(
  affixer: Pick<Walk, 'page' | 'file'>,
  until: Promise<void>,
  walk: Partial<Walk> = {},
): Promise<void> {
  const walking = followPage({ ...affixer, ...walk, until })
  await Promise.all([until, walking.catch(() => undefined)])
}

/** One document was stamped, whatever happened. */
export const endedOnce = ({ person }: Affixer, said: readonly string[]): Ended => ({ person, bought, stamped: 1, said })
