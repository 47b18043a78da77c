import type { VerifyPrimitives } from '../base/primitives.ts'
import type { Refusal } from '../errors.ts'
import { registryStandings, type RegistryAnswer } from '../stamp/check/verdict.ts'
import { AnswerError, fieldsOf, listOf, numberOf, oneOf, optionalTextOf, textOf } from './json-fields.ts'
import { callService, type Connection } from './transport.ts'
import { proveTrustBundle, type ProvenBundle } from './trust-bundle.ts'

/** The trust bundle of the service, proven. Throws AnswerError. */
export async function fetchTrustBundle(
  connection: Connection,
  primitives: VerifyPrimitives,
): Promise<{ ok: true; bundle: ProvenBundle } | { ok: false; refusal: Refusal }> {
  const called = await callService(connection, { method: 'GET', path: '/v1/trust-bundle' })
  if (!called.ok) return called
  return { ok: true, bundle: proveTrustBundle(called.answer.json, primitives) }
}

/** What the registry says of these pairs; nothing is sent when there are none. Throws AnswerError. */
export async function askRegistry(
  connection: Connection,
  pairs: readonly { serial: string; digest: string }[],
): Promise<{ ok: true; answers: RegistryAnswer[] } | { ok: false; refusal: Refusal }> {
  if (pairs.length === 0) return { ok: true, answers: [] }
  const call = { method: 'POST', path: '/v1/checks', json: { items: pairs } }
  const called = await callService(connection, call)
  if (!called.ok) return called
  const answers = listOf(fieldsOf(called.answer.json, 'checks'), 'items', (item, where): RegistryAnswer => {
    const fields = fieldsOf(item, where)
    const pictureSha256 = optionalTextOf(fields, 'pictureSha256')
    return {
      serial: textOf(fields, 'serial'),
      digest: textOf(fields, 'digest'),
      standing: oneOf(fields, 'standing', registryStandings),
      ...(pictureSha256 === undefined ? {} : { pictureSha256 }),
      ...(fields.values['sourceLength'] === undefined ? {} : { sourceLength: numberOf(fields, 'sourceLength') }),
      ...(fields.values['contentsBytes'] === undefined ? {} : { contentsBytes: numberOf(fields, 'contentsBytes') }),
    }
  })
  if (answers.length !== pairs.length) throw new AnswerError(`${pairs.length} checks asked, ${answers.length} answered`)
  return { ok: true, answers }
}
