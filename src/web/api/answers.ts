import type { z } from 'zod'
import type { Affixing, StoredSignature } from '../../affixing/affixing.ts'
import { publicId } from '../../base/ids.ts'
import type { affixingSchema, signatureAnswer, waitingAnswer } from './schemas.ts'

type AffixingAnswer = z.output<typeof affixingSchema>

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')

function signatureFields(signature: StoredSignature) {
  const { certs, ocsps, crls } = signature.validation
  const validation = { certs: certs.map(base64), ocsps: ocsps.map(base64), crls: crls.map(base64) }
  return { signature: base64(signature.cms), validation }
}

/** An affixing as its owner sees it; with the signature where one is given. */
export function affixingAnswer(affixing: Affixing, signature?: StoredSignature): AffixingAnswer {
  return {
    id: publicId('affixing', affixing.id),
    state: affixing.state,
    serial: affixing.serial,
    recipe: affixing.recipe,
    facts: affixing.facts,
    pageCount: affixing.pageCount,
    additional: affixing.additional,
    createdAt: affixing.createdAt.toISOString(),
    expiresAt: affixing.expiresAt.toISOString(),
    affixedAt: affixing.affixedAt?.toISOString(),
    releasedAt: affixing.releasedAt?.toISOString(),
    releaseReason: affixing.releaseReason,
    digest: affixing.digest,
    ...(signature === undefined ? {} : signatureFields(signature)),
  }
}

/** What the signature call answers: 200 with the signature, or 202 while a timestamp is awaited. */
export function signedAnswer(affixing: Affixing, signature: StoredSignature): z.output<typeof signatureAnswer> {
  if (affixing.digest === undefined) throw new Error(`affixing ${affixing.id} is signed without a digest`)
  const { state, serial, digest } = affixing
  return { id: publicId('affixing', affixing.id), state, serial, digest, ...signatureFields(signature) }
}

export function unfinishedAnswer(affixing: Affixing): z.output<typeof waitingAnswer> {
  const { state, serial, expiresAt } = affixing
  return { id: publicId('affixing', affixing.id), state, serial, expiresAt: expiresAt.toISOString() }
}
