import type { DocumentDetails } from '../../client/affixing-answer.ts'
import type { Arguments } from '../arguments.ts'
import { badUsage } from '../outcome.ts'
import { readOrder, type StampOrder } from '../stamp-order.ts'

/** Parameters that say what stamp is wanted, named as the options of `meterai stamp`; then facts that only programs know. */
const orderNames = ['type', 'number', 'date', 'page', 'at', 'size', 'unit', 'tag'] as const
const factNames = ['valueRupiah', 'identityNumber', 'payerName', 'location'] as const
const identityTypes = ['KTP', 'NPWP', 'PASSPORT'] as const
const otherNames = ['fileName', 'identityType', 'additional'] as const
const names: readonly string[] = [...orderNames, ...factNames, ...otherNames]

/** The order in an address's query. Throws Stopped for each parameter that cannot be used. */
export function readQuery(query: URLSearchParams): { order: StampOrder; additional: boolean } {
  const unknown = [...query.keys()].find((name) => !names.includes(name) || query.getAll(name).length > 1)
  if (unknown !== undefined) throw badUsage('cli.usage.query', { name: unknown.slice(0, 80), names: names.join(', ') })
  const text = (name: string) => query.get(name) ?? undefined
  const given: Arguments = { words: [], text, flag: () => false }
  const { facts, ...order } = readOrder(given, text('fileName') ?? '')
  const { fileName, ...said } = facts
  const more: Partial<DocumentDetails> = {}
  for (const name of factNames) if (text(name) !== undefined) more[name] = text(name)
  const identityType = oneOf(identityTypes, 'identityType', text('identityType'))
  const additional = oneOf(['true', 'false'], 'additional', text('additional')) === 'true'
  return {
    order: {
      ...order,
      facts: {
        ...said,
        ...(fileName === '' ? {} : { fileName }),
        ...more,
        ...(identityType === undefined ? {} : { identityType }),
      },
    },
    additional,
  }
}

function oneOf<const Value extends string>(
  allowed: readonly Value[],
  name: string,
  value: string | undefined,
): Value | undefined {
  const found = allowed.find((each) => each === value)
  if (value !== undefined && found === undefined)
    throw badUsage('cli.usage.queryValue', { name, value: value.slice(0, 80), allowed: allowed.join(', ') })
  return found
}
