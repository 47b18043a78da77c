import { type Posted, postOut } from '../../base/outgoing-post.ts'
import { messageAnswerBytesMax, messageSendSeconds } from '../../limits/traffic.ts'
import { NotSent, type Sender } from './senders.ts'

/** Statuses that the same message would get again. Others may be a gateway's or an operator's passing trouble. */
const finalStatuses = [400, 410, 413, 422]

/**
 * A gateway for SMS or WhatsApp: `POST {to, text}` as JSON with `Authorization: Bearer <key>`, and the message's id as
 * `Idempotency-Key`. Any 2xx is taken as sent. Its address is the operator's own setting, so it may lie in a private network.
 */
export function gatewaySender(gateway: { url: string; key: string | undefined; milliseconds?: number }): Sender {
  return {
    async send(receiver, message) {
      const posted = await postOut({
        url: gateway.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'OpenMeterai-Messages',
          'idempotency-key': message.id,
          ...(gateway.key === undefined ? {} : { authorization: `Bearer ${gateway.key}` }),
        },
        body: JSON.stringify({ to: receiver.address, text: message.text }),
        targets: 'any',
        milliseconds: gateway.milliseconds ?? messageSendSeconds * 1000,
        answerBytesMax: messageAnswerBytesMax,
      })
      const failure = failureOf(posted)
      if (failure !== undefined) throw failure
    },
  }
}

function failureOf(posted: Posted): NotSent | undefined {
  if ('problem' in posted) return new NotSent(posted.problem === 'timed_out' ? 'timed_out' : 'unreachable')
  if (posted.status >= 200 && posted.status < 300) return undefined
  return new NotSent('refused', { isFinal: finalStatuses.includes(posted.status) })
}
