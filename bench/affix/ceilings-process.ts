import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAffixing } from '../../src/affixing/lanes.ts'
import type { AffixingParts } from '../../src/affixing/affixing-parts.ts'
import { openDatabase } from '../../src/database/database.ts'
import type { Caller } from '../../src/identity/api-keys.ts'
import { openCallers } from '../../src/identity/callers.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { signWith } from '../../src/signing/keys.ts'
import { openStampSigner } from '../../src/signing/stamp-signer.ts'
import type { CeilingOrder, CeilingResult } from './messages.ts'

// What the parts of an affixing reach alone, without HTTP: signatures, whole containers, and the batched statements.

async function repeat(order: CeilingOrder, work: () => Promise<unknown>): Promise<CeilingResult> {
  const end = { warm: performance.now() + 500, all: performance.now() + 500 + order.seconds * 1000 }
  let done = 0
  let used: NodeJS.CpuUsage | undefined
  async function caller(): Promise<void> {
    for (;;) {
      await work()
      const now = performance.now()
      if (now > end.all) return
      if (now < end.warm) continue
      used ??= process.cpuUsage()
      done++
    }
  }
  await Promise.all(Array.from({ length: order.callers }, caller))
  const { user, system } = process.cpuUsage(used)
  return { perSecond: done / order.seconds, processorMicroseconds: (user + system) / done }
}

/** Two signatures: the stamp's and its timestamp's. */
async function signatures(order: CeilingOrder & { kind: 'signatures' | 'containers' }, folder: string) {
  const authority = await openAuthority(folder, { keyAlgorithm: order.keyAlgorithm })
  if (order.kind === 'containers') {
    const signer = await openStampSigner({ authority })
    return repeat(order, () => signer.sign({ digest: randomBytes(32).toString('hex'), serial: '0'.repeat(22) }))
  }
  const { stamp, timestamp } = authority.holders
  return repeat(order, async () => {
    await signWith(stamp.key, randomBytes(200))
    await signWith(timestamp.key, randomBytes(200))
  })
}

/** Reserve and post through the lanes, with one signature made before. */
async function statements(order: CeilingOrder & { kind: 'statements' }, folder: string) {
  const database = openDatabase({ url: order.databaseUrl })
  const authority = await openAuthority(folder, { keyAlgorithm: 'ec-p256' })
  const specimen = await openStampSigner({ authority })
  const signers = { specimen, specimensForLiveKeys: true }
  const publicUrl = 'http://localhost'
  const parts = openAffixing({ database, signers, publicUrl, location: 'Jakarta', randomBytes })
  const cms = await specimen.sign({ digest: '0'.repeat(64), serial: '0'.repeat(22) })
  const signature = { cms, validation: await specimen.validation() }
  const callers: Caller[] = []
  const known = openCallers(database)
  for (const key of order.keys) {
    const caller = await known.find(`Bearer ${key}`)
    if (caller !== undefined) callers.push(caller)
  }
  try {
    return await repeat(order, () => affixUnsigned(parts, { caller: drawn(callers), signature }))
  } finally {
    await database.close()
  }
}

function drawn<T>(from: readonly T[]): T {
  const one = from[Math.floor(Math.random() * from.length)]
  if (one === undefined) throw new Error('nothing to draw from')
  return one
}

async function affixUnsigned(
  { lanes }: AffixingParts,
  of: {
    caller: Caller
    signature: { cms: Uint8Array; validation: { certs: Uint8Array[]; ocsps: Uint8Array[]; crls: Uint8Array[] } }
  },
): Promise<void> {
  const { caller, signature } = of
  const { accountId } = caller
  const key = randomBytes(32).toString('hex')
  const request = {
    caller,
    operation: 'affixing',
    key,
    fingerprint: key,
    facts: { documentType: 'surat-perjanjian', number: 'B-2024/0815' },
    placement: { page: 1, left: 400, bottom: 100, width: 80, height: 80, unit: 'pt' },
    sourceSha256: key,
    sourceLength: 310_472,
    pageCount: 3,
    additional: false,
  } as const
  const reserved = await lanes.do({ kind: 'reserve', accountId, request })
  if (typeof reserved === 'string' || !reserved.ok) throw new Error(`not reserved: ${JSON.stringify(reserved)}`)
  const item = { accountId, id: reserved.id, digest: key, actor: 'system:bench', signature }
  await lanes.do({ kind: 'post', accountId, item })
}

process.once('message', (order: CeilingOrder) => {
  async function measure() {
    const folder = await mkdtemp(join(tmpdir(), 'openmeterai-ceiling-'))
    try {
      return await (order.kind === 'statements' ? statements(order, folder) : signatures(order, folder))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  void measure().then((result) => process.send?.(result, () => process.exit(0)))
})
