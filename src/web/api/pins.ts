import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { type IdKind, parsePublicId, publicId } from '../../base/ids.ts'
import { RefusedError, type Refusal } from '../../errors.ts'
import { actorOf, type Caller } from '../../identity/api-keys.ts'
import type { Callers } from '../../identity/callers.ts'
import {
  confirmByPin,
  confirmOtherwise,
  type Confirming,
  type ConfirmationPurpose,
  type ConfirmParts,
  type OtherProof,
} from '../../identity/confirmations.ts'
import { changePin, resetPin, setFirstPin } from '../../identity/pin-changes.ts'
import { readPinState } from '../../identity/pins.ts'
import type { Permission } from '../../identity/roles.ts'
import { confirmationBytesMax } from '../../limits/people.ts'
import { languageOf } from '../problems.ts'
import { proofOf } from './authenticator-schemas.ts'
import { callerOf, permit, personOf } from './caller.ts'
import {
  confirmationAnswer,
  confirmationBody,
  passkeyProofQuestion,
  pinBody,
  pinCodeAnswer,
  pinCodeBody,
  pinResetBody,
  pinStateSchema,
} from './pin-schemas.ts'
import { problemSchema } from './schemas.ts'
import { sessionSecurity } from './sessions.ts'

const tags = ['PIN']
const security = sessionSecurity

/** What each confirmation is for needs leave to do that. */
const permissionFor: Record<ConfirmationPurpose, Permission> = {
  affixing: 'affix',
  batch: 'affix',
  key: 'manage',
  members: 'manage',
  money: 'buy',
}

function unwrap<T extends { ok: true }>(outcome: T | { ok: false; refusal: Refusal }): T {
  if (!outcome.ok) throw new RefusedError(outcome.refusal)
  return outcome
}

type OtherBody = Exclude<z.output<typeof confirmationBody>, { pin: string }>

function otherProofOf(body: OtherBody): OtherProof {
  if (!('passkey' in body)) {
    const { password, codeId, code } = body
    return { kind: 'code', password, codeId: idOf('code', codeId), code }
  }
  const challengeId = idOf('challenge', body.passkey.challengeId)
  return { kind: 'passkey', passkey: { challengeId, response: proofOf(body.passkey.response) } }
}

/** What is not an id names nothing: `not_found`, as for another's. */
function idOf(kind: IdKind, id: string): string {
  const uuid = parsePublicId(kind, id)
  if (uuid === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  return uuid
}

/** A person's PIN, and what they confirm with it. For people who signed in; keys have none. */
export function pinRoutes(app: FastifyInstance, parts: ConfirmParts & { callers: Callers }): void {
  const api = app.withTypeProvider<ZodTypeProvider>()

  async function confirmingOf(request: FastifyRequest): Promise<{ who: Confirming; caller: Caller }> {
    const caller = await callerOf(parts.callers, request)
    const { personId } = personOf(caller)
    return { caller, who: { accountId: caller.accountId, personId, actor: actorOf(caller) } }
  }

  const stateOf = async (personId: string) => {
    const { isSet, lockedUntil, coolingUntil } = await readPinState(parts, personId)
    return {
      isSet,
      ...(lockedUntil === undefined ? {} : { lockedUntil: lockedUntil.toISOString() }),
      ...(coolingUntil === undefined ? {} : { coolingUntil: coolingUntil.toISOString() }),
    }
  }

  api.get(
    '/v1/pin',
    {
      schema: {
        tags,
        security,
        summary: 'Whether there is a PIN, and until when it is locked or confirms nothing',
        response: { 200: pinStateSchema, default: problemSchema },
      },
    },
    async (request) => stateOf((await confirmingOf(request)).who.personId),
  )

  api.put(
    '/v1/pin',
    {
      schema: {
        tags,
        security,
        summary: 'The first PIN, or another one in the place of the old one',
        body: pinBody,
        response: { 200: pinStateSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { who } = await confirmingOf(request)
      const { pin, oldPin, password } = request.body
      if (oldPin !== undefined) unwrap(await changePin(parts, { who, pin, oldPin }))
      else if (password !== undefined) unwrap(await setFirstPin(parts, { who, pin, password }))
      else
        throw new RefusedError({ code: 'request_malformed', values: { detail: 'password, or oldPin: one is needed' } })
      return stateOf(who.personId)
    },
  )

  api.post(
    '/v1/pin/codes',
    {
      schema: {
        tags,
        security,
        summary: 'A one-time code to the person, to reset the PIN or to confirm one affixing without it',
        body: pinCodeBody,
        response: { 201: pinCodeAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { who } = await confirmingOf(request)
      const { personId, accountId } = who
      const ask = { personId, accountId, ...request.body, language: languageOf(request) }
      const { codeId, expiresAt, resendAt, otherRoutes } = unwrap(await parts.proofs.requestCode(ask))
      void reply.code(201)
      return {
        codeId: publicId('code', codeId),
        expiresAt: expiresAt.toISOString(),
        resendAt: resendAt.toISOString(),
        otherRoutes,
      }
    },
  )

  api.post(
    '/v1/pin/passkey-challenges',
    {
      schema: {
        tags,
        security,
        summary: "Asks for a proof by the person's passkey, to confirm one affixing without the PIN",
        response: { 201: passkeyProofQuestion, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { who } = await confirmingOf(request)
      const { challengeId, options } = await parts.proofs.askForPasskey(who.personId)
      void reply.code(201)
      return { challengeId: publicId('challenge', challengeId), options: { ...options } }
    },
  )

  api.post(
    '/v1/pin/resets',
    {
      schema: {
        tags,
        security,
        summary: 'Another PIN by one-time code; it begins to confirm a day later',
        body: pinResetBody,
        response: { 200: pinStateSchema, default: problemSchema },
      },
    },
    async (request) => {
      const { who } = await confirmingOf(request)
      const { pin, codeId, code } = request.body
      unwrap(await resetPin(parts, { who, pin, codeId: idOf('code', codeId), code }))
      return stateOf(who.personId)
    },
  )

  api.post(
    '/v1/pin-confirmations',
    {
      bodyLimit: confirmationBytesMax,
      schema: {
        tags,
        security,
        summary: 'Confirms by PIN what a session is about to do; password and code confirm one affixing',
        body: confirmationBody,
        response: { 201: confirmationAnswer, default: problemSchema },
      },
    },
    async (request, reply) => {
      const { who, caller } = await confirmingOf(request)
      const { body } = request
      const { purpose, sourceSha256s, count = Math.max(1, sourceSha256s.length) } = body
      permit(caller, permissionFor[purpose])
      const what = { purpose, sourceSha256s, count }
      const made = unwrap(
        'pin' in body
          ? await confirmByPin(parts, { who, what, pin: body.pin })
          : await confirmOtherwise(parts, { who, what, proof: otherProofOf(body) }),
      )
      void reply.code(201).header('cache-control', 'no-store')
      return { authorization: made.authorization, expiresAt: made.expiresAt.toISOString() }
    },
  )
}
