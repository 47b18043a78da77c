import { availableParallelism } from 'node:os'
import { verifyWorkersMax } from '../limits/stamping.ts'
import { documentTypes, documentTypeSlugs } from '../stamp/document-types.ts'
import type { Expectation } from '../verification/batch.ts'
import type { Arguments, OptionShapes } from './arguments.ts'
import { badUsage } from './outcome.ts'
import { isDay } from './stamp-order.ts'

/** The options of `meterai verify`. */
export const verifyOptions = {
  'expect-type': { type: 'string', value: 'TYPE', says: 'cli.option.expectType' },
  'affixed-between': { type: 'string', value: 'A..B', says: 'cli.option.affixedBetween' },
  report: { type: 'string', value: 'OUT.csv', says: 'cli.option.report' },
  workers: { type: 'string', value: 'N', says: 'cli.option.workers' },
  offline: { type: 'string', value: 'BUNDLE', says: 'cli.option.offline' },
} as const satisfies OptionShapes

/** What was asked of a check, as typed. */
export type VerifyOrder = { expectation: Expectation; report?: string; workers: number; offline?: string }

/** Reads the options. Throws Stopped for each that cannot be used. */
export function readVerifyOrder(given: Arguments): VerifyOrder {
  const report = given.text('report')
  const offline = given.text('offline')
  return {
    expectation: { ...readType(given.text('expect-type')), ...readDays(given.text('affixed-between')) },
    workers: readWorkers(given.text('workers')),
    ...(report === undefined ? {} : { report }),
    ...(offline === undefined ? {} : { offline }),
  }
}

function readType(value: string | undefined): Pick<Expectation, 'documentType'> {
  if (value === undefined) return {}
  const found = documentTypes.find(({ slug }) => slug === value)
  if (found === undefined) throw badUsage('cli.usage.expectType', { value, types: documentTypeSlugs.join(', ') })
  return { documentType: found.slug }
}

function readDays(value: string | undefined): Pick<Expectation, 'between'> {
  if (value === undefined) return {}
  const [first = '', last = '', ...more] = value.split('..')
  if (!isDay(first) || !isDay(last) || more.length > 0 || last < first) throw badUsage('cli.usage.between', { value })
  return { between: { first, last } }
}

function readWorkers(value: string | undefined): number {
  if (value === undefined) return Math.min(availableParallelism(), verifyWorkersMax)
  const count = Number(value)
  if (!/^\d+$/.test(value) || count < 1 || count > verifyWorkersMax)
    throw badUsage('cli.usage.workers', { value, most: verifyWorkersMax })
  return count
}
