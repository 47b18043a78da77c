import { basename } from 'node:path'
import type { DocumentDetails } from '../client/affixing-answer.ts'
import type { WantedPlace } from '../client/choose-place.ts'
import { pagesMax, textLengthMax } from '../limits/stamping.ts'
import { documentTypes, documentTypeSlugs, type DocumentType } from '../stamp/document-types.ts'
import type { Placement } from '../stamp/recipe.ts'
import type { Arguments, OptionShapes } from './arguments.ts'
import { badUsage } from './outcome.ts'

/** What was asked for a stamp, as typed. */
export type StampOrder = WantedPlace & { facts: DocumentDetails }

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
  return { facts: readFacts(given, path), ...readPlace(given) }
}

/** Reads those that say where. Throws Stopped. */
export function readPlace(given: Arguments): WantedPlace {
  const unit = readUnit(given.text('unit'))
  return {
    page: readPage(given.text('page') ?? 'last'),
    at: readAt(given.text('at')),
    size: readSize(given.text('size')),
    unit,
  }
}

function readFacts(given: Arguments, path: string): DocumentDetails {
  const tag = given.text('tag')
  return {
    documentType: readType(given.text('type')),
    fileName: storableName(path),
    ...readNumberAndDate(given),
    ...(tag === undefined ? {} : { tag }),
  }
}

/** The document type of `--type`. Throws Stopped where it is none, or missing. */
export function readType(wanted: string | undefined): DocumentType {
  const found = documentTypes.find(({ slug }) => slug === wanted)
  if (found === undefined) {
    throw badUsage('cli.usage.type', {
      types: documentTypeSlugs.join(', '),
      ...(wanted === undefined ? {} : { value: wanted }),
    })
  }
  return found.slug
}

/** The document's number and day, where they are given. Throws Stopped. */
export function readNumberAndDate(given: Arguments): Pick<DocumentDetails, 'number' | 'date'> {
  const number = given.text('number')
  if (number !== undefined && number.length > textLengthMax)
    throw badUsage('cli.usage.number', { longest: textLengthMax })
  const date = given.text('date')
  if (date !== undefined && !isDay(date)) throw badUsage('cli.usage.date', { value: date })
  return {
    ...(number === undefined ? {} : { number }),
    ...(date === undefined ? {} : { date }),
  }
}

/** File systems allow names that no database column holds; the name only helps people find their document. */
export function storableName(path: string): string {
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
