import { createHash } from 'node:crypto'
import type { PostItem } from '../../src/affixing/affix.ts'
import { findAffixing } from '../../src/affixing/affixing.ts'
import { type AffixingGiven, type AffixingParts, ledgerOf, signerFor } from '../../src/affixing/affixing-parts.ts'
import { openAffixing as openBatched } from '../../src/affixing/lanes.ts'
import type { ReserveRequest } from '../../src/affixing/reserve.ts'
import { derivedUuid, newUuid, publicId } from '../../src/base/ids.ts'
import { arrayOid } from '../../src/database/array-types.ts'
import type { Sql } from '../../src/database/database.ts'
import { reservationSeconds } from '../../src/limits/stamping.ts'
import { documentTypeName } from '../../src/stamp/document-types.ts'
import type { Recipe } from '../../src/stamp/recipe.ts'
import { makeSerial } from '../../src/stamp/serial.ts'

// Stands in for src/affixing/lanes.ts: each operation alone, in a transaction of its own, as the best plain code does it: a
// pool, prepared statements, one function call an operation (plain-functions.ts). Everything around it is the service's.

/** The parts of the service; reserving, posting and reading each call alone, the rest as in the service. */
export function openAffixing(given: AffixingGiven): AffixingParts {
  const { sql } = given.database
  const batched = openBatched(given)
  const known = new Set<string>()
  return {
    ...batched,
    lanes: {
      ...batched.lanes,
      async do(operation) {
        if (operation.kind === 'reserve')
          return { ok: true, id: await reserve(given, operation.request), repeated: false }
        if (operation.kind !== 'post') return batched.lanes.do(operation)
        await post(sql, operation.item, known)
        return 'done'
      },
      find: (wanted) => findAffixing(sql, wanted),
      async settled(affixing) {
        const found = await findAffixing(sql, affixing)
        if (found === undefined) throw new Error(`affixing ${affixing.id} is gone`)
        return found
      },
    },
  }
}

async function reserve(given: AffixingGiven, request: ReserveRequest): Promise<string> {
  const now = new Date()
  const id = newUuid(now)
  const { accountId, keyId, keyKind } = request.caller
  const recipe = recipeOf(given, request, now)
  await given.database.sql`
    select bench_reserve(${accountId}, ${id}, ${newUuid(now)}, ${ledgerOf(keyKind)}, ${request.key},
      ${Buffer.from(request.fingerprint, 'hex')}, ${recipe.serial}, ${Buffer.from(request.sourceSha256, 'hex')},
      ${request.pageCount}, ${request.additional}, ${JSON.stringify(request.facts)}::text::jsonb,
      ${JSON.stringify(recipe)}::text::json, ${`key:${keyId}`}, ${publicId('affixing', id)}, ${reservationSeconds})`
  return id
}

function recipeOf(given: AffixingGiven, request: ReserveRequest, now: Date): Recipe {
  const signer = signerFor(given.signers, request.caller.keyKind)
  if (signer === undefined) throw new Error('no signer for this key')
  const serial = makeSerial(signer.specimen, now, (below) => (given.randomBytes(1)[0] ?? 0) % below)
  const { documentType, location } = request.facts
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: request.sourceSha256,
    sourceLength: request.sourceLength,
    placement: request.placement,
    documentType,
    reason: `[${serial}] ${documentTypeName(documentType) ?? documentType}`,
    location: location ?? given.location,
    serial,
    checkUrl: `${given.publicUrl}/cek/${serial}`,
    specimen: signer.specimen,
    signedAt: `${now.toISOString().slice(0, 19)}Z`,
    seed: Buffer.from(given.randomBytes(32)).toString('hex'),
    signerKeyId: signer.signerKeyId,
    contentsBytes: signer.contentsBytes,
    profile: 'B-LT',
  }
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

async function post(sql: Sql, item: PostItem, known: Set<string>): Promise<void> {
  const { accountId, id, signature } = item
  const { certs, ocsps, crls } = signature.validation
  for (const der of [...certs, ...ocsps, ...crls]) await storeMaterial(sql, der, known)
  const { remainder, offsets, hashes } = takeApart(Buffer.from(signature.cms), certs)
  const bytes = (values: readonly Buffer[]) => sql.array([...values], arrayOid.bytea)
  await sql`
    select bench_post(${accountId}, ${id}, ${derivedUuid(id, 'post')}, ${newUuid(new Date())}, 'stamps',
      ${Buffer.from(item.digest, 'hex')}, ${item.actor}, ${publicId('affixing', id)}, ${remainder}, ${offsets}::int[],
      ${bytes(hashes)}::bytea[], ${bytes(certs.map(hashOf))}::bytea[], ${bytes(ocsps.map(hashOf))}::bytea[],
      ${bytes(crls.map(hashOf))}::bytea[])`
}

const hashByMaterial = new WeakMap<Uint8Array, Buffer>()

function hashOf(der: Uint8Array): Buffer {
  const hash = hashByMaterial.get(der) ?? sha256(der)
  hashByMaterial.set(der, hash)
  return hash
}

async function storeMaterial(sql: Sql, der: Uint8Array, known: Set<string>): Promise<void> {
  const hash = hashOf(der)
  if (known.has(hash.toString('hex'))) return
  await sql`insert into signature_materials (hash, der) values (${hash}, ${Buffer.from(der)}) on conflict do nothing`
  known.add(hash.toString('hex'))
}

/** As src/affixing/signatures.ts stores it: the CMS without its certificates, and where they go back. */
function takeApart(cms: Buffer, certs: readonly Uint8Array[]) {
  const cuts = certs
    .flatMap((der) => {
      const at = cms.indexOf(der)
      return at < 0 ? [] : [{ at, der }]
    })
    .toSorted((a, b) => a.at - b.at)
  const pieces: Buffer[] = []
  const offsets: number[] = []
  let from = 0
  let length = 0
  for (const { at, der } of cuts) {
    pieces.push(cms.subarray(from, at))
    length += at - from
    offsets.push(length)
    from = at + der.length
  }
  pieces.push(cms.subarray(from))
  return { remainder: Buffer.concat(pieces), offsets, hashes: cuts.map(({ der }) => hashOf(der)) }
}
