import type { Refusal } from '../errors.ts'
import { lookUpItemsMax } from '../limits/stamping.ts'
import { fieldsOf, listOf, oneOf, textOf } from './json-fields.ts'
import { callService, type Connection } from './transport.ts'

/** What this account has on a document: an open reservation or a stamp, the newest where there are several. */
export type Standing = { sourceSha256: string; affixingId: string; serial: string; state: 'reserved' | 'affixed' }

/** What stands for these documents, by digest; those that nobody stamped are absent. Asked in sets. Throws AnswerError. */
export async function fetchStandings(
  connection: Connection,
  digests: readonly string[],
): Promise<{ ok: true; standings: Map<string, Standing> } | { ok: false; refusal: Refusal }> {
  const standings = new Map<string, Standing>()
  for (let at = 0; at < digests.length; at += lookUpItemsMax) {
    const json = { sourceSha256: digests.slice(at, at + lookUpItemsMax) }
    const called = await callService(connection, { method: 'POST', path: '/v1/affixings/lookup', json })
    if (!called.ok) return called
    const found = listOf(fieldsOf(called.answer.json, 'lookup'), 'items', (item, where): Standing => {
      const fields = fieldsOf(item, where)
      return {
        sourceSha256: textOf(fields, 'sourceSha256'),
        affixingId: textOf(fields, 'affixingId'),
        serial: textOf(fields, 'serial'),
        state: oneOf(fields, 'state', ['reserved', 'affixed']),
      }
    })
    for (const standing of found) standings.set(standing.sourceSha256, standing)
  }
  return { ok: true, standings }
}
