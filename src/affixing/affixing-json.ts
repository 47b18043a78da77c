import { publicId } from '../base/ids.ts'
import type { Affixing, AffixingState, Facts, ReleaseReason, StoredSignature } from './affixing.ts'
import type { Recipe, ValidationData } from '../stamp/recipe.ts'

/** An affixing as `/v1` gives it: public id, ISO times, base64 DER. */
export type AffixingJson = {
  id: string
  state: AffixingState
  serial: string
  recipe: Recipe
  facts: Facts
  pageCount: number
  additional: boolean
  createdAt: string
  expiresAt: string
  affixedAt?: string | undefined
  releasedAt?: string | undefined
  releaseReason?: ReleaseReason | undefined
  digest?: string | undefined
  signature?: string | undefined
  validation?: ValidationJson | undefined
}
export type ValidationJson = { certs: string[]; ocsps: string[]; crls: string[] }

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')

/** Validation data as text, kept beside the data: thousands of signatures share it. */
const jsonByValidation = new WeakMap<ValidationData, ValidationJson>()

function validationJson(validation: ValidationData): ValidationJson {
  const known = jsonByValidation.get(validation)
  if (known !== undefined) return known
  const { certs, ocsps, crls } = validation
  const json = { certs: certs.map(base64), ocsps: ocsps.map(base64), crls: crls.map(base64) }
  jsonByValidation.set(validation, json)
  return json
}

/** The signature and its validation data, in the order written. */
export function signatureJson(signature: StoredSignature): { signature: string; validation: ValidationJson } {
  return { signature: base64(signature.cms), validation: validationJson(signature.validation) }
}

/** An affixing as its owner sees it; with the signature where one is given. */
export function affixingJson(affixing: Affixing, signature?: StoredSignature): AffixingJson {
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
    ...(signature === undefined ? {} : signatureJson(signature)),
  }
}

/** What the signature call answers once the signature is stored. */
export type SignedJson = {
  id: string
  state: AffixingState
  serial: string
  digest: string
  signature: string
  validation: ValidationJson
}

export function signedJson(affixing: Affixing, signature: StoredSignature): SignedJson {
  if (affixing.digest === undefined) throw new Error(`affixing ${affixing.id} is signed without a digest`)
  const { state, serial, digest } = affixing
  return { id: publicId('affixing', affixing.id), state, serial, digest, ...signatureJson(signature) }
}

/** The validation data of thousands of answers is the same object: it is made text once. */
const textByValidation = new WeakMap<ValidationJson, string>()

/** A signed answer as JSON text. Four fifths of it are validation data. */
export function signedText({ validation, ...own }: SignedJson): string {
  const known = textByValidation.get(validation) ?? JSON.stringify(validation)
  textByValidation.set(validation, known)
  return `${JSON.stringify(own).slice(0, -1)},"validation":${known}}`
}

/** What it answers while a timestamp is awaited. */
export type WaitingJson = { id: string; state: AffixingState; serial: string; expiresAt: string }

export function waitingJson({ id, state, serial, expiresAt }: Affixing): WaitingJson {
  return { id: publicId('affixing', id), state, serial, expiresAt: expiresAt.toISOString() }
}
