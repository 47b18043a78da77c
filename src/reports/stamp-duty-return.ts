import { listAffixedWithin } from '../affixing/affixed-within.ts'
import type { Affixing, AffixingLedger } from '../affixing/affixing.ts'
import { findCostCentres } from '../affixing/cost-centres.ts'
import { csvRecord } from '../base/csv.ts'
import type { Queryable } from '../database/database.ts'
import { returnPageRows, stampPriceRupiah } from '../limits/purchases.ts'
import { documentTypeName, documentTypes } from '../stamp/document-types.ts'

// What a collector needs for the monthly return (SPT Masa Bea Meterai): each document with the facts that were given for it, and the sums
// of its classes (PMK 78/2024). Rows come in pages, so a month of a million stamps is never whole in memory.

/** Which stamps a return is about. */
export type ReturnWish = { accountId: string; ledger: AffixingLedger; from: Date; until: Date }

const columns = [
  'affixed_at',
  'class',
  'document_type',
  'number',
  'date',
  'value_rupiah',
  'identity_type',
  'identity_number',
  'payer_name',
  'serial',
  'duty_rupiah',
  'tag',
] as const

/** The documents of the return as CSV (RFC 4180), in pieces; times in UTC. */
export async function* returnDocuments(sql: Queryable, wish: ReturnWish): AsyncGenerator<string> {
  yield csvRecord(columns)
  for await (const page of pagesOf(sql, wish)) {
    const costCentreOf = await findCostCentres(sql, page)
    yield page.map((affixing) => documentRecord(affixing, costCentreOf(affixing))).join('')
  }
}

/** The same by class, in the order of the return: `class`, `documents`, `duty_rupiah`; classes without documents too. */
export async function returnClasses(sql: Queryable, wish: ReturnWish): Promise<string> {
  const counts = new Map(documentTypes.map(({ code }) => [code, 0]))
  for await (const page of pagesOf(sql, wish))
    for (const { facts } of page) {
      const { code } = typeOf(facts.documentType)
      counts.set(code, (counts.get(code) ?? 0) + 1)
    }
  const rows = Array.from(counts, ([code, count]) => csvRecord([code, count, count * stampPriceRupiah]))
  return csvRecord(['class', 'documents', 'duty_rupiah']) + rows.join('')
}

async function* pagesOf(sql: Queryable, wish: ReturnWish): AsyncGenerator<Affixing[]> {
  let after: string | undefined
  for (;;) {
    const page = await listAffixedWithin(sql, { ...wish, limit: returnPageRows, after })
    if (page.length > 0) yield page
    after = page.at(-1)?.id
    if (page.length < returnPageRows) return
  }
}

function typeOf(slug: string): (typeof documentTypes)[number] {
  const found = documentTypes.find((type) => type.slug === slug)
  if (found === undefined) throw new Error(`the document type ${slug} has no class`)
  return found
}

function documentRecord({ facts, serial, affixedAt }: Affixing, costCentre = ''): string {
  return csvRecord([
    affixedAt?.toISOString() ?? '',
    typeOf(facts.documentType).code,
    documentTypeName(facts.documentType) ?? '',
    facts.number,
    facts.date ?? '',
    facts.valueRupiah ?? '',
    facts.identityType ?? '',
    facts.identityNumber ?? '',
    facts.payerName ?? '',
    serial,
    stampPriceRupiah,
    costCentre,
  ])
}
