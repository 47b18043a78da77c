import { performance } from 'node:perf_hooks'
import type { Job } from '../base/jobs.ts'
import { type Route, routes } from '../base/receiver.ts'
import type { Sealing } from '../base/sealing.ts'
import type { Database } from '../database/database.ts'
import { dropOldCodes } from '../identity/code-retention.ts'
import { messageSeconds, retentionSeconds } from '../limits/traffic.ts'
import { gatewaySender } from '../notices/messages/gateway-sender.ts'
import { dropOldMessages } from '../notices/messages/inbox.ts'
import { type MessageSending, sendDueMessages, senderBreaker } from '../notices/messages/send.ts'
import { type Sender, type Senders, simulatedSender } from '../notices/messages/senders.ts'
import { smtpSender } from '../notices/messages/smtp-sender.ts'

/** Where messages go, as the configuration has it; what is undefined is simulated. */
export type MessageSettings = {
  smtpUrl: string | undefined
  mailFrom: string | undefined
  smsUrl: string | undefined
  smsKey: string | undefined
  whatsappUrl: string | undefined
  whatsappKey: string | undefined
}

/** One sender a route. `simulated`: the routes whose messages stand in the inbox instead. */
export type OpenSenders = { senders: Senders; simulated: readonly Route[]; close(): void }

/** Senders by the settings. Throws where one is missing and `maySimulate` is false: codes must not end in an inbox unseen. */
export function openSenders(settings: MessageSettings, on: { host: string; maySimulate: boolean }): OpenSenders {
  const { smtpUrl, mailFrom, smsUrl, smsKey, whatsappUrl, whatsappKey } = settings
  const real: Partial<Record<Route, Sender>> = {
    ...(smsUrl === undefined ? {} : { sms: gatewaySender({ url: smsUrl, key: smsKey }) }),
    ...(whatsappUrl === undefined ? {} : { whatsapp: gatewaySender({ url: whatsappUrl, key: whatsappKey }) }),
    ...(smtpUrl === undefined || mailFrom === undefined
      ? {}
      : { email: smtpSender({ url: smtpUrl, from: mailFrom, host: on.host }) }),
  }
  const simulated = routes.filter((route) => real[route] === undefined)
  if (simulated.length > 0 && !on.maySimulate) throw new Error(`no sender for ${simulated.join(', ')}`)
  return {
    senders: { sms: simulatedSender, whatsapp: simulatedSender, email: simulatedSender, ...real },
    simulated,
    close() {
      for (const sender of Object.values(real)) sender.close?.()
    },
  }
}

/** Sends what is due, each route by itself so that a slow one holds up no other, and deletes what is old. */
export function messageJobs(parts: {
  database: Database
  sealing: Sealing
  senders: Senders
  host: string
  onTried: MessageSending['onTried']
}): Job[] {
  const { senders, ...shared } = parts
  const sending = routes.map((route): Job => {
    const breaker = senderBreaker(() => performance.now())
    const one: MessageSending = { ...shared, route, sender: senders[route], breaker }
    return {
      name: `messages-${route}`,
      everySeconds: messageSeconds,
      run: async (stopping) => void (await sendDueMessages(one, stopping)),
    }
  })
  const upkeep: Job = {
    name: 'message-upkeep',
    everySeconds: retentionSeconds,
    async run(stopping) {
      await dropOldMessages(parts.database, stopping)
      await dropOldCodes(parts.database, stopping)
    },
  }
  return [...sending, upkeep]
}
