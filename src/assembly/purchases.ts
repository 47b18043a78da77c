import { tellPaidIntent } from '../affixing/tell-paid.ts'
import { openSealing } from '../base/sealing.ts'
import type { Database } from '../database/database.ts'
import type { Gateway } from '../purchases/gateways/gateway.ts'
import { midtransGateway } from '../purchases/gateways/midtrans.ts'
import { xenditGateway } from '../purchases/gateways/xendit.ts'
import type { PurchaseParts } from '../purchases/purchase-parts.ts'
import type { Notify, SimulatorParts } from '../purchases/simulator/act-as-payer.ts'
import { simulatorGateway } from '../purchases/simulator/simulator-gateway.ts'

/** What the configuration says of payments. */
export type PaymentSettings = {
  gateway: 'simulator' | 'midtrans' | 'xendit'
  midtransKey: string | undefined
  midtransUrl: string
  xenditKey: string | undefined
  xenditCallbackToken: string | undefined
  xenditUrl: string
  qrisMinutes: number
  accountHours: number
}

/**
 * Purchases as the settings want them. The simulator is a gateway in demo mode alone, and the one where test keys buy. `serviceUrl`: where
 * it sends its notifications, our own door. Throws where the gateway that is wanted has no key.
 */
export function openPurchases(given: {
  settings: PaymentSettings
  database: Database
  serviceKey: Buffer
  mode: 'demo' | 'production'
  serviceUrl: string
  observe?: PurchaseParts['observe']
  warn?: PurchaseParts['warn']
}): { purchases: PurchaseParts; simulator: SimulatorParts | undefined } {
  const { settings, database, mode } = given
  const sealing = openSealing(given.serviceKey)
  const secret = sealing.secretFor('payment simulator')
  const simulated = mode === 'demo' ? simulatorGateway({ database, secret }) : undefined
  const all = [simulated, ...realGateways(settings)].filter((gateway) => gateway !== undefined)
  const main = all.find(({ name }) => name === settings.gateway)
  if (main === undefined) throw new Error(`METERAI_GATEWAY is ${settings.gateway}, which is not configured`)
  return {
    purchases: {
      database,
      gateways: { main, test: simulated, all },
      orderMinutes: { qris: settings.qrisMinutes, virtual_account: settings.accountHours * 60 },
      sealing,
      onPaid: tellPaidIntent(sealing),
      ...(given.observe === undefined ? {} : { observe: given.observe }),
      ...(given.warn === undefined ? {} : { warn: given.warn }),
    },
    simulator: simulated === undefined ? undefined : { database, secret, notify: postTo(given.serviceUrl) },
  }
}

function realGateways(settings: PaymentSettings): Gateway[] {
  const { midtransKey, midtransUrl, xenditKey, xenditCallbackToken, xenditUrl } = settings
  return [
    ...(midtransKey === undefined ? [] : [midtransGateway({ url: midtransUrl, serverKey: midtransKey })]),
    ...(xenditKey === undefined || xenditCallbackToken === undefined
      ? []
      : [xenditGateway({ url: xenditUrl, secretKey: xenditKey, callbackToken: xenditCallbackToken })]),
  ]
}

/** A bank's notification is sent once, and lost where nobody is there. */
function postTo(serviceUrl: string): Notify {
  return async (body, headers) => {
    try {
      const answer = await fetch(`${serviceUrl}/v1/payments/simulator/notifications`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(10_000),
      })
      await answer.arrayBuffer()
      return answer.status
    } catch {
      return undefined
    }
  }
}
