import { createHash } from 'node:crypto'

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json }

/**
 * SHA-256 (hex) of fields as sent, in one order of keys: two calls with one idempotency key are the same call
 * when their fingerprints are equal. Fields that are undefined count as absent.
 */
export function fingerprintOf(fields: { [key: string]: Json }): string {
  return createHash('sha256').update(canonical(fields)).digest('hex')
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
