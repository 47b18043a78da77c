import { newUuid, publicId } from '../../src/base/ids.ts'
import { openSealing, type Sealing } from '../../src/base/sealing.ts'
import type { Database } from '../../src/database/database.ts'
import type { Caller } from '../../src/identity/api-keys.ts'
import { openCallers, type Callers } from '../../src/identity/callers.ts'
import type { PersonProofs } from '../../src/identity/person-proofs.ts'
import type { Role } from '../../src/identity/roles.ts'
import { webhookKey } from './web.ts'

/** People who signed in, without registration: `Authorization: Session <n>` is one of them, any other header a key's. */
export type SignedInPeople = {
  callers(database: Database): Callers
  /** Signs a new person, or this one, in for an account; the header that calls as them. */
  signIn(accountId: string, given?: { personId?: string; role?: Role }): { header: string; personId: string }
}

export function signedInPeople(): SignedInPeople {
  const sessions = new Map<string, Caller>()
  return {
    callers(database) {
      const keys = openCallers(database)
      return {
        find: async (authorization) => sessions.get(authorization ?? '') ?? keys.find(authorization),
      }
    },
    signIn(accountId, { personId = newUuid(new Date()), role = 'owner' } = {}) {
      const header = `Session ${sessions.size + 1}`
      const person = { personId, sessionId: newUuid(new Date()), role }
      sessions.set(header, { accountId, keyKind: 'live', keyId: publicId('person', personId), person })
      return { header, personId }
    },
  }
}

/** Proofs of people that a test sets: a password, a code for each purpose, what was told to whom. */
export type FakeProofs = PersonProofs & {
  password: string
  birthDate: string | undefined
  /** Until when a replaced password or contact holds things back. */
  cooling: Date | undefined
  passkeyHeld: boolean
  notices: string[]
  /** Tries of passwords, codes and passkeys that came through. */
  compared: number
}

export function fakeProofs(): FakeProofs {
  const codes = new Map<string, string>()
  const proofs: FakeProofs = {
    password: 'kata sandi yang panjang',
    birthDate: undefined,
    cooling: undefined,
    passkeyHeld: false,
    notices: [],
    compared: 0,
    async provePassword(_, password) {
      proofs.compared++
      return password === proofs.password ? { ok: true } : { ok: false, refusal: { code: 'confirmation_wrong' } }
    },
    async requestCode({ personId, purpose }) {
      const codeId = newUuid(new Date())
      codes.set(`${personId} ${purpose} ${codeId}`, '731946')
      const at = new Date()
      return { ok: true, codeId, expiresAt: at, resendAt: at, otherRoutes: false }
    },
    async checkCode({ personId, purpose, codeId, code }) {
      const place = `${personId} ${purpose} ${codeId}`
      const right = codes.get(place)
      proofs.compared++
      if (right !== code) return { ok: false, refusal: { code: 'code_wrong', values: { left: 4 } } }
      codes.delete(place)
      return { ok: true }
    },
    askForPasskey: () => Promise.resolve({ challengeId: newUuid(new Date()), options: {} }),
    async checkPasskey() {
      proofs.compared++
      return proofs.passkeyHeld ? { ok: true } : { ok: false, refusal: { code: 'passkey_refused' } }
    },
    coolingUntil: () => Promise.resolve(proofs.cooling),
    birthDateOf: () => Promise.resolve(proofs.birthDate),
    async notify(_, { template }) {
      proofs.notices.push(template)
    },
  }
  return proofs
}

/** Sealing that counts how often the secret of PINs was used: once for each PIN hashed. */
export function countingSealing(): Sealing & { hashed(): number } {
  const sealing = openSealing(webhookKey)
  let count = 0
  return {
    ...sealing,
    secretFor(purpose) {
      if (purpose === 'pin') count++
      return sealing.secretFor(purpose)
    },
    hashed: () => count,
  }
}
