import type { MessageTemplate } from './templates.ts'

/**
 * What people may hear of as they like, and the messages of each. A message in none of them is a matter of security, or was asked for: nobody
 * switches it off, for whoever took over an account would do that first.
 */
const templatesOf = {
  /** What was bought. */
  purchases: ['order_paid', 'order_expired', 'order_waiting', 'order_approved', 'order_cancelled', 'refund_due'],
  /** Many documents at once. */
  batches: ['batch_finished'],
  /** Whether it is proven who holds the account. */
  identity: ['proofing_decided'],
  /** News to the account's own systems. */
  webhooks: ['webhook_disabled'],
} as const satisfies Record<string, readonly MessageTemplate[]>

export type NoticeTopic = keyof typeof templatesOf
export const noticeTopics = ['purchases', 'batches', 'identity', 'webhooks'] as const satisfies readonly NoticeTopic[]

/** The topic of a message; undefined where it always goes out. */
export function topicOf(template: MessageTemplate): NoticeTopic | undefined {
  return noticeTopics.find((topic) => templatesOf[topic].some((one) => one === template))
}
