import { setTimeout as sleep } from 'node:timers/promises'
import { nodePrimitives } from '../base/primitives-node.ts'
import { openClientIn, type Client, type ClientOptions } from '../client/open-client.ts'

// The surface of `openmeterai/client` on Node: docs/decisions/0008-published-entries.md.

export { RefusedError, type ErrorCode, type Refusal } from '../errors.ts'
export type { Quota } from '../client/account.ts'
export type { Progress, Signed, WantedPlacement } from '../client/affix.ts'
export type { Affixing, DocumentDetails } from '../client/affixing-answer.ts'
export { AnswerError } from '../client/json-fields.ts'
export type { Client, ClientCall, ClientOptions, ClientOrder, Outcome } from '../client/open-client.ts'
export type { Reservation, ReservationRequest } from '../client/reservation.ts'
export type { Verdict } from '../stamp/check/verdict.ts'
export type { Prepared } from '../stamp/pdf/place.ts'

/** A client of the service at that address, over Node's own fetch and OpenSSL. Throws TypeError for what is no web address. */
export function openClient(options: ClientOptions): Client {
  return openClientIn({ primitives: nodePrimitives, fetch, wait: (milliseconds) => sleep(milliseconds) }, options)
}
