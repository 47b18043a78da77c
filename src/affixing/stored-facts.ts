import type { DocumentType } from '../stamp/document-types.ts'
import type { Facts } from './affixing.ts'

/** The order in which a row holds facts: new ones come at the end, none ever moves. The document type stands in the recipe. */
const factOrder = [
  'number',
  'date',
  'fileName',
  'valueRupiah',
  'identityType',
  'identityNumber',
  'payerName',
  'location',
  'tag',
] as const

/** Where a row's values hold the cost centre; rows stored as an object are older than it. */
export const tagPlace = factOrder.indexOf('tag')

const identityTypes = ['KTP', 'NPWP', 'PASSPORT'] as const

/** Facts as a row holds them: values in a fixed order, null for none, since names would take as much again. Earlier versions stored an object. */
export type StoredFacts = readonly (string | null)[] | Omit<Facts, 'documentType'>

/** Facts as JSON text for their row. */
export function factsText(facts: Facts): string {
  const values: (string | null)[] = factOrder.map((name) => facts[name] ?? null)
  return JSON.stringify(values.slice(0, values.findLastIndex((value) => value !== null) + 1))
}

/** The facts of a row, with the document type of its recipe. */
export function factsFrom(stored: StoredFacts, documentType: DocumentType): Facts {
  if (!isValues(stored)) return { documentType, ...stored }
  const named = factOrder.map((name, index) => [name, stored[index] ?? undefined] as const)
  const { number = '0', identityType, ...others } = Object.fromEntries(named.filter(([, value]) => value !== undefined))
  const known = identityTypes.find((type) => type === identityType)
  return { documentType, number, ...others, ...(known === undefined ? {} : { identityType: known }) }
}

function isValues(stored: StoredFacts): stored is readonly (string | null)[] {
  return Array.isArray(stored)
}
