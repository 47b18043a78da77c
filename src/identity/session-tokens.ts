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

/**
 * What pages and scripts of this session send along with whatever changes something; it is no use to anyone without the cookie. Each is
 * another one and all of them hold: what never stays the same cannot be guessed from the length of compressed pages (BREACH).
 */
export function csrfTokenOf(sealing: Sealing, sessionId: string): string {
  const salt = randomBytes(12).toString('base64url')
  return `${salt}.${csrfMac(sealing, sessionId, salt)}`
}

/** Whether this is one of the session's own. */
export function isCsrfToken(sealing: Sealing, sessionId: string, given: string): boolean {
  const [, salt, mac] = csrfForm.exec(given) ?? []
  return salt !== undefined && mac !== undefined && sameText(mac, csrfMac(sealing, sessionId, salt))
}

const csrfForm = /^([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/

function csrfMac(sealing: Sealing, sessionId: string, salt: string): string {
  return createHmac('sha256', sealing.secretFor('session csrf')).update(`${salt}.${sessionId}`).digest('base64url')
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
