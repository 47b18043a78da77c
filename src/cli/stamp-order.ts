import { basename } from 'node:path'
import type { WantedPlacement } from '../client/affix.ts'
import type { DocumentDetails } from '../client/affixing-answer.ts'
import { pagesMax, textLengthMax } from '../limits.ts'
import { documentTypes, documentTypeSlugs } from '../stamp/document-types.ts'
import { checkPlacement, type DocumentFacts } from '../stamp/pdf/document-facts.ts'
import { pointsPerUnit, stampSidePoints, type Placement } from '../stamp/recipe.ts'
import type { Arguments, OptionShapes } from './arguments.ts'
import { badUsage } from './outcome.ts'

/** Distance from the edges where the command chooses the place: half an inch, inside what printers reach. */
const marginPoints = 36

/** What was asked for a stamp, as typed. `at` is undefined where the command chooses the place. */
export type StampOrder = {
  facts: DocumentDetails
  page: number | 'last'
  at: { left: number; bottom: number } | undefined
  /** Undefined for the usual side, or as much of it as the page has. */
  size: number | undefined
  unit: Placement['unit']
}

/** The options that say what stamp is wanted and where. */
export const orderOptions = {
  type: { type: 'string', value: 'TYPE', says: 'cli.option.type' },
  number: { type: 'string', value: 'N', says: 'cli.option.number' },
  date: { type: 'string', value: 'YYYY-MM-DD', says: 'cli.option.date' },
  page: { type: 'string', value: 'N|last', says: 'cli.option.page' },
  at: { type: 'string', value: 'X,Y', says: 'cli.option.at' },
  size: { type: 'string', value: 'N', says: 'cli.option.size' },
  unit: { type: 'string', value: 'pt|mm', says: 'cli.option.unit' },
} as const satisfies OptionShapes

/** Reads those options. Throws Stopped for each that cannot be used. */
export function readOrder(given: Arguments, path: string): StampOrder {
  const unit = readUnit(given.text('unit'))
  return {
    facts: readFacts(given, path),
    page: readPage(given.text('page') ?? 'last'),
    at: readAt(given.text('at')),
    size: readSize(given.text('size')),
    unit,
  }
}

function readFacts(given: Arguments, path: string): DocumentDetails {
  const wanted = given.text('type')
  const found = documentTypes.find(({ slug }) => slug === wanted)
  if (found === undefined) {
    throw badUsage('cli.usage.type', {
      types: documentTypeSlugs.join(', '),
      ...(wanted === undefined ? {} : { value: wanted }),
    })
  }
  const number = given.text('number')
  if (number !== undefined && number.length > textLengthMax)
    throw badUsage('cli.usage.number', { longest: textLengthMax })
  const date = given.text('date')
  if (date !== undefined && !isDay(date)) throw badUsage('cli.usage.date', { value: date })
  return {
    documentType: found.slug,
    fileName: storableName(path),
    ...(number === undefined ? {} : { number }),
    ...(date === undefined ? {} : { date }),
  }
}

/** File systems allow names that no database column holds; the name only helps people find their document. */
function storableName(path: string): string {
  return basename(path)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, textLengthMax)
    .toWellFormed()
}

/** True for `YYYY-MM-DD` of a day that the calendar has. */
export function isDay(text: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

function readPage(value: string): number | 'last' {
  if (value === 'last') return value
  const page = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (page < 1 || page > pagesMax) throw badUsage('cli.usage.page', { value })
  return page
}

function readAt(value: string | undefined): StampOrder['at'] {
  if (value === undefined) return undefined
  const [, left, bottom] = /^(-?\d{1,6}(?:\.\d{1,6})?),(-?\d{1,6}(?:\.\d{1,6})?)$/.exec(value) ?? []
  if (left === undefined || bottom === undefined) throw badUsage('cli.usage.at', { value })
  return { left: Number(left), bottom: Number(bottom) }
}

function readUnit(value = 'pt'): Placement['unit'] {
  if (value !== 'pt' && value !== 'mm') throw badUsage('cli.usage.unit', { value })
  return value
}

function readSize(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const size = /^\d{1,6}(?:\.\d{1,6})?$/.test(value) ? Number(value) : 0
  if (size <= 0) throw badUsage('cli.usage.size', { value })
  return size
}

/** Down to hundredths: never outside the page by rounding. */
function rounded(value: number): number {
  return Math.floor(value * 100) / 100
}

/**
 * The place on this document: the one asked for, else bottom right, moved to the left past signatures that stand there.
 * Always the same for the same order and document.
 */
export function placementFor(order: StampOrder, document: DocumentFacts): WantedPlacement {
  const { at, page, unit } = order
  const number = page === 'last' ? document.pages.length : page
  const seen = document.pages[number - 1]
  const usual = Math.min(stampSidePoints.usual, seen?.width ?? Infinity, seen?.height ?? Infinity)
  const size = order.size ?? rounded(usual / pointsPerUnit[unit])
  const box = { page, width: size, height: size, unit }
  if (at !== undefined) return { ...box, ...at }
  if (seen === undefined) return { ...box, left: 0, bottom: 0 }
  const side = size * pointsPerUnit[unit]
  const inUnit = (points: number) => rounded(Math.max(0, points) / pointsPerUnit[unit])
  const bottom = inUnit(Math.min(marginPoints, seen.height - side))
  const right = Math.max(0, Math.min(seen.width - marginPoints - side, seen.width - side))
  const first = { ...box, left: inUnit(right), bottom }
  for (let left = right; left >= 0; left -= side / 2) {
    const candidate = { ...box, left: inUnit(left), bottom }
    if (checkPlacement(document, { ...candidate, page: number }) === undefined) return candidate
  }
  return first
}
