import type { Receiver } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import {
  invitationsPerAccountDayMax,
  invitationsPerReceiverDayMax,
  smsPerDayMax,
  smsPerPrefixDayMax,
} from '../limits/people.ts'
import { receiverIndex } from '../notices/messages/queue.ts'
import type { CodeLimits } from './codes.ts'
import { secondsOfDayLeft, takeSms } from './sms-budget.ts'

const daySeconds = 24 * 60 * 60

/**
 * Takes one invitation out of what an account may send and a receiver may get in 24 hours, and one SMS out of the day's budget; refused
 * where none is left. What is counted are the messages, so an invitation taken back and made anew counts twice. The caller holds the
 * account's members.
 */
export async function takeInvitation(
  tx: Tx,
  sealing: Sealing,
  wanted: { accountId: string; receiver: Receiver; limits: Partial<CodeLimits>; at: Date },
): Promise<Refusal<'too_many_invitations' | 'sms_budget_spent'> | undefined> {
  const { accountId, receiver, limits, at } = wanted
  const index = receiverIndex(sealing, receiver.address)
  // Several accounts may invite one receiver at the same moment.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`invitations ${index.toString('hex')}`}, 0))`
  const day = new Date(at.getTime() - daySeconds * 1000)
  const [sent] = await tx<{ byAccount: number; toReceiver: number; accountSince: Date; receiverSince: Date }[]>`
    select a.count as "byAccount", a.since as "accountSince", r.count as "toReceiver", r.since as "receiverSince"
    from (select count(*)::int as count, coalesce(min(created_at), ${at}) as since from messages
        where template = 'invitation' and account_id = ${accountId} and created_at > ${day}) a
      cross join (select count(*)::int as count, coalesce(min(created_at), ${at}) as since from messages
        where template = 'invitation' and receiver_index = ${index} and created_at > ${day}) r`
  if (sent === undefined) throw new Error('counting invitations gave no row')
  const secondsAfter = (since: Date) => Math.max(1, Math.ceil((since.getTime() - at.getTime()) / 1000 + daySeconds))
  if (sent.byAccount >= invitationsPerAccountDayMax)
    return tooMany(invitationsPerAccountDayMax, secondsAfter(sent.accountSince))
  if (sent.toReceiver >= invitationsPerReceiverDayMax)
    return tooMany(invitationsPerReceiverDayMax, secondsAfter(sent.receiverSince))
  if (receiver.route !== 'sms') return undefined
  const { smsPrefixDay: prefixMax = smsPerPrefixDayMax, smsDay: serviceMax = smsPerDayMax } = limits
  const spent = await takeSms(tx, sealing, { address: receiver.address, prefixMax, serviceMax, at })
  if (spent === undefined) return undefined
  const seconds = secondsOfDayLeft(at)
  return { code: 'sms_budget_spent', values: { seconds, minutes: Math.ceil(seconds / 60) } }
}

function tooMany(limit: number, seconds: number): Refusal<'too_many_invitations'> {
  return { code: 'too_many_invitations', values: { limit, seconds, hours: Math.ceil(seconds / 3600) } }
}
