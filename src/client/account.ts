import type { Refusal } from '../errors.ts'
import { listItemsMax } from '../limits/traffic.ts'
import { readAffixing, type Affixing } from './affixing-answer.ts'
import { listPagesMax } from './bounds.ts'
import { booleanOf, fieldsOf, listOf, numberOf, oneOf, optionalTextOf } from './json-fields.ts'
import { callService, type Connection } from './transport.ts'

/** An account's units: bought and free, held by open reservations, used. `specimen`: what this key makes are specimens. */
export type Quota = {
  available: number
  reserved: number
  spent: number
  ledger: 'stamps' | 'specimens'
  specimen: boolean
}

/** Throws AnswerError. */
export async function fetchQuota(
  connection: Connection,
): Promise<{ ok: true; quota: Quota } | { ok: false; refusal: Refusal }> {
  const called = await callService(connection, { method: 'GET', path: '/v1/quota' })
  if (!called.ok) return called
  const fields = fieldsOf(called.answer.json, 'quota')
  return {
    ok: true,
    quota: {
      available: numberOf(fields, 'available'),
      reserved: numberOf(fields, 'reserved'),
      spent: numberOf(fields, 'spent'),
      ledger: oneOf(fields, 'ledger', ['stamps', 'specimens']),
      specimen: booleanOf(fields, 'specimen'),
    },
  }
}

/** This account's affixed stamps of one original, newest first, without their signatures. Throws AnswerError. */
export async function listAffixed(
  connection: Connection,
  sourceSha256: string,
): Promise<{ ok: true; affixings: Affixing[] } | { ok: false; refusal: Refusal }> {
  const affixings: Affixing[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < listPagesMax; pages++) {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const path = `/v1/affixings?sourceSha256=${sourceSha256}&state=affixed&limit=${listItemsMax}${after}`
    const called = await callService(connection, { method: 'GET', path })
    if (!called.ok) return called
    const fields = fieldsOf(called.answer.json, 'list')
    affixings.push(...listOf(fields, 'items', readAffixing))
    cursor = optionalTextOf(fields, 'nextCursor')
    if (cursor === undefined) break
  }
  return { ok: true, affixings }
}
