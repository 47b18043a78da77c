import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sealing } from '../base/sealing.ts'

/** A session's token as it goes to the browser (`text`), and the hash that is stored. */
export type SessionToken = { text: string; hash: Buffer }

const form = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/

/** 256 random bits and a signature: what was not made here is told apart without asking the database. */
export function makeSessionToken(sealing: Sealing): SessionToken {
  const secret = randomBytes(32).toString('base64url')
  return { text: `${secret}.${signatureOf(sealing, secret)}`, hash: hashOf(secret) }
}

/** The hash of a token made here; undefined for anything else. */
export function sessionTokenHash(sealing: Sealing, text: string): Buffer | undefined {
  const [, secret, signature] = form.exec(text) ?? []
  if (secret === undefined || signature === undefined) return undefined
  return sameText(signature, signatureOf(sealing, secret)) ? hashOf(secret) : undefined
}

/** What pages and scripts of this session send along with whatever changes something; it is no use to anyone without the cookie. */
export function csrfTokenOf(sealing: Sealing, sessionId: string): string {
  return createHmac('sha256', sealing.secretFor('session csrf')).update(sessionId).digest('base64url')
}

/** Whether this is the session's own. */
export function isCsrfToken(sealing: Sealing, sessionId: string, given: string): boolean {
  return sameText(given, csrfTokenOf(sealing, sessionId))
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** 128 bits are enough: behind the signature stand 256 bits that nobody guesses. */
function signatureOf(sealing: Sealing, secret: string): string {
  const mac = createHmac('sha256', sealing.secretFor('session cookie')).update(secret).digest()
  return mac.subarray(0, 16).toString('base64url')
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
