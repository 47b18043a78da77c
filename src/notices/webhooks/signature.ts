import { createHmac } from 'node:crypto'

// Standard Webhooks (standardwebhooks.com): a message's id, moment and body are signed with each live secret of the endpoint.

/** The secret of an endpoint's version: made of the service's own key, so that no database and no dump of one holds it. */
export function endpointSecret(serviceKey: Buffer, endpointId: string, version: number): Buffer {
  return createHmac('sha256', serviceKey).update(`webhook ${endpointId} ${version}`).digest()
}

/** As its owner keeps it: `whsec_` and base64. */
export function secretText(secret: Buffer): string {
  return `whsec_${secret.toString('base64')}`
}

/** The headers that prove a message. `secrets`: the newest first; either convinces a receiver while two are live. */
export function signedHeaders(
  message: { id: string; at: Date; body: string },
  secrets: readonly Buffer[],
): Record<string, string> {
  const seconds = Math.floor(message.at.getTime() / 1000)
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${message.id}.${seconds}.${message.body}`).digest('base64'),
  )
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }
}
