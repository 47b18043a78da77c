import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import { newUuid } from '../base/ids.ts'
import type { Database, Queryable, Tx } from '../database/database.ts'
import type { Refusal } from '../errors.ts'
import { passkeyChallengeSeconds, passkeysMax } from '../limits/people.ts'

// Passkeys (WebAuthn Level 3). A question is asked, kept for five minutes and answered once; what an answer proves is bound to this
// site by the browser. We ask for no attestation: which maker's key it is, is nobody's business.

/** The site that passkeys are bound to: `rpId` its host, `origin` as browsers write it (`https://meterai.example`). */
export type PasskeySite = { rpId: string; origin: string }

export type PasskeyParts = { database: Database; site: PasskeySite }

/** A passkey as its owner sees it. */
export type Passkey = { id: string; createdAt: Date; usedAt: Date | undefined }

export type PasskeyRefused = { ok: false; refusal: Refusal<'passkey_refused'> }
const refused: PasskeyRefused = { ok: false, refusal: { code: 'passkey_refused' } }

/** Asks a signed-in person's device for a new passkey; undefined where there are as many as may be. `name`: what the device shows. */
export async function askForPasskey(
  { database, site }: PasskeyParts,
  person: { personId: string; name: string },
): Promise<{ challengeId: string; options: PublicKeyCredentialCreationOptionsJSON } | undefined> {
  const { personId, name } = person
  const known = await readCredentials(database.sql, personId)
  if (known.length >= passkeysMax) return undefined
  const options = await generateRegistrationOptions({
    rpName: 'OpenMeterai',
    rpID: site.rpId,
    userName: name,
    userID: Uint8Array.from(Buffer.from(personId.replaceAll('-', ''), 'hex')),
    timeout: passkeyChallengeSeconds * 1000,
    excludeCredentials: known,
    // it has to name its owner by itself, and to know its owner: then it is as good as password and code together
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  const challengeId = await keepChallenge(database, { personId, purpose: 'register', challenge: options.challenge })
  return { challengeId, options }
}

export type PasskeyAnswer = { challengeId: string; response: RegistrationResponseJSON }
export type PasskeyAdded =
  | { ok: true; id: string }
  | { ok: false; refusal: Refusal<'passkey_refused' | 'too_many_passkeys'> }

/** Keeps the passkey that answered. `onAdded` runs in its transaction, for the record of the act. */
export async function addPasskey(
  { database, site }: PasskeyParts,
  answer: PasskeyAnswer & { personId: string; onAdded?: (tx: Tx, id: string, at: Date) => Promise<void> },
): Promise<PasskeyAdded> {
  const { personId, response } = answer
  const challenge = await takeChallenge(database, { ...answer, purpose: 'register' })
  if (challenge?.personId !== personId || !isWithoutCertificates(response)) return refused
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge.challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    requireUserVerification: true,
  }).catch(notProven)
  if (verified?.verified !== true) return refused
  const { credential } = verified.registrationInfo
  return database.transaction(async (tx): Promise<PasskeyAdded> => {
    const at = await database.now(tx)
    await tx`select pg_advisory_xact_lock(hashtextextended(${`passkeys ${personId}`}, 0))`
    if ((await readPasskeys(tx, personId)).length >= passkeysMax)
      return { ok: false, refusal: { code: 'too_many_passkeys', values: { limit: passkeysMax } } }
    const id = newUuid(at)
    const rows = await tx`
      insert into passkeys (person_id, passkey_id, credential_id, public_key, counter, transports, created_at)
      values (${personId}, ${id}, ${Buffer.from(credential.id, 'base64url')}, ${Buffer.from(credential.publicKey)},
        ${BigInt(credential.counter)}, ${credential.transports ?? []}::text[], ${at})
      on conflict do nothing returning 1`
    // a credential that is somebody's already
    if (rows.length === 0) return refused
    await answer.onAdded?.(tx, id, at)
    return { ok: true, id }
  })
}

/**
 * An answer that brings a certificate is refused before it is looked at: checking one may fetch what it names, and we asked for none.
 * An authenticator's signature by its own new key (`packed` without `x5c`) is as good as none.
 */
function isWithoutCertificates(response: RegistrationResponseJSON): boolean {
  try {
    const object = decodeAttestationObject(
      Uint8Array.from(Buffer.from(response.response.attestationObject, 'base64url')),
    )
    const format = object.get('fmt')
    return format === 'none' || (format === 'packed' && object.get('attStmt').get('x5c') === undefined)
  } catch {
    // not the form of an attestation at all
    return false
  }
}

/** The library throws for every answer that proves nothing. */
function notProven(error: unknown): undefined {
  if (error instanceof Error) return undefined
  throw error
}

/** Asks for a proof: of this person, or, at the door, of whoever answers (`personId` undefined), so that nobody learns who has one. */
export async function askForProof(
  { database, site }: PasskeyParts,
  who: { personId?: string | undefined },
): Promise<{ challengeId: string; options: PublicKeyCredentialRequestOptionsJSON }> {
  const { personId } = who
  const options = await generateAuthenticationOptions({
    rpID: site.rpId,
    timeout: passkeyChallengeSeconds * 1000,
    userVerification: 'required',
    ...(personId === undefined ? {} : { allowCredentials: await readCredentials(database.sql, personId) }),
  })
  const challengeId = await keepChallenge(database, { personId, purpose: 'prove', challenge: options.challenge })
  return { challengeId, options }
}

type CredentialRow = {
  person_id: string
  passkey_id: string
  public_key: Buffer
  counter: bigint
}

/**
 * Whose passkey answered. Its question is used up whatever comes of it. A counter that went back means a copy of the key: refused.
 * Where the question was for one person, another's passkey is refused too.
 */
export async function checkPasskey(
  { database, site }: PasskeyParts,
  answer: { challengeId: string; response: AuthenticationResponseJSON },
): Promise<{ ok: true; personId: string; passkeyId: string } | PasskeyRefused> {
  const { response } = answer
  const challenge = await takeChallenge(database, { ...answer, purpose: 'prove' })
  if (challenge === undefined) return refused
  const { sql } = database
  const [row] = await sql<CredentialRow[]>`
    select person_id, passkey_id, public_key, counter from passkeys
    where credential_id = ${Buffer.from(response.id, 'base64url')}`
  if (row === undefined || (challenge.personId !== undefined && challenge.personId !== row.person_id)) return refused
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge.challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    credential: { id: response.id, publicKey: Uint8Array.from(row.public_key), counter: Number(row.counter) },
    requireUserVerification: true,
  }).catch(notProven)
  if (verified?.verified !== true) return refused
  const counter = BigInt(verified.authenticationInfo.newCounter)
  // once more here: another answer may have come in between
  const counted = await sql`
    update passkeys set counter = ${counter}, used_at = ${await database.now()}
    where person_id = ${row.person_id} and passkey_id = ${row.passkey_id} and (counter < ${counter} or (counter = 0 and ${counter} = 0))`
  return counted.count === 1 ? { ok: true, personId: row.person_id, passkeyId: row.passkey_id } : refused
}

/** A person's passkeys, oldest first. */
export async function readPasskeys(sql: Queryable, personId: string): Promise<Passkey[]> {
  const rows = await sql<{ passkey_id: string; created_at: Date; used_at: Date | null }[]>`
    select passkey_id, created_at, used_at from passkeys where person_id = ${personId} order by passkey_id`
  return rows.map((row) => ({ id: row.passkey_id, createdAt: row.created_at, usedAt: row.used_at ?? undefined }))
}

/** False where the person has no passkey of this id. */
export async function removePasskey(tx: Tx, wanted: { personId: string; id: string }): Promise<boolean> {
  const gone = await tx`delete from passkeys where person_id = ${wanted.personId} and passkey_id = ${wanted.id}`
  return gone.count === 1
}

async function readCredentials(sql: Queryable, personId: string): Promise<{ id: string; transports: string[] }[]> {
  const rows = await sql<{ credential_id: Buffer; transports: string[] }[]>`
    select credential_id, transports from passkeys where person_id = ${personId} order by passkey_id`
  return rows.map((row) => ({ id: row.credential_id.toString('base64url'), transports: row.transports }))
}

type Purpose = 'register' | 'prove'

async function keepChallenge(
  database: Database,
  kept: { personId: string | undefined; purpose: Purpose; challenge: string },
): Promise<string> {
  const at = await database.now()
  const id = newUuid(at)
  await database.sql`
    insert into passkey_challenges (challenge_id, person_id, purpose, challenge, expires_at)
    values (${id}, ${kept.personId ?? null}, ${kept.purpose}, ${kept.challenge},
      ${new Date(at.getTime() + passkeyChallengeSeconds * 1000)})`
  return id
}

async function takeChallenge(
  database: Database,
  wanted: { challengeId: string; purpose: Purpose },
): Promise<{ challenge: string; personId: string | undefined } | undefined> {
  const [row] = await database.sql<{ challenge: string; person_id: string | null; is_over: boolean }[]>`
    delete from passkey_challenges where challenge_id = ${wanted.challengeId} and purpose = ${wanted.purpose}
    returning challenge, person_id, expires_at <= ${await database.now()} as is_over`
  if (row === undefined || row.is_over) return undefined
  return { challenge: row.challenge, personId: row.person_id ?? undefined }
}
