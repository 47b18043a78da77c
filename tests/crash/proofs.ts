import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { finishWaiting } from '../../src/affixing/affix.ts'
import type { AffixingParts } from '../../src/affixing/affixing-parts.ts'
import { openAffixing } from '../../src/affixing/lanes.ts'
import { sweepOverdue } from '../../src/affixing/sweep.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { parsePublicId, publicId } from '../../src/base/ids.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import type { Database } from '../../src/database/database.ts'
import { recountLedger } from '../../src/ledger/recount.ts'
import { finishBatchMax, timestampRetrySeconds } from '../../src/limits/stamping.ts'
import { openAuthority } from '../../src/signing/authority.ts'
import { openStampSigner, type StampSigner } from '../../src/signing/stamp-signer.ts'
import { proveContents } from '../../src/stamp/check/cms-proof.ts'
import { containerOf } from '../support/cms-judges.ts'
import { send } from './clients.ts'
import { acknowledge, type Job } from './jobs.ts'
import type { World } from './world.ts'

/** Stamps fetched beside each other at the end. */
const fetchedAtOnce = 20

type Row = { affixing_id: string; state: string; release_reason: string | null; digest: Buffer | null }

/** The service's own signer, opened once: its keys never change. */
const signers = new WeakMap<World, Promise<StampSigner>>()

async function openSigner(world: World): Promise<StampSigner> {
  const authority = await openAuthority(join(world.folder, 'data', 'specimen-authority'))
  return openStampSigner({ authority })
}

/** The service's own code in this process, as in a second one beside it. */
async function withParts<T>(world: World, work: (parts: AffixingParts) => Promise<T>): Promise<T> {
  return world.withDatabase(async (database) => {
    const opened = signers.get(world) ?? openSigner(world)
    signers.set(world, opened)
    const specimen = await opened
    const parts = openAffixing({
      database,
      signers: { specimen, specimensForLiveKeys: true },
      publicUrl: world.url,
      location: 'Jakarta',
      randomBytes,
    })
    return work(parts)
  })
}

/** What waits for a timestamp is due and gets it. */
export async function finishWaitingNow(world: World): Promise<void> {
  await world.advance(timestampRetrySeconds + 1)
  await withParts(world, async (parts) => {
    while ((await finishWaiting(parts, finishBatchMax)) > 0);
  })
}

/** What is ended by time is ended: waiting signatures are finished, reservations expire. */
export async function letTimePass(world: World): Promise<void> {
  await finishWaitingNow(world)
  await withParts(world, async (parts) => {
    const [row] = await parts.database.sql<{ seconds: number | null }[]>`
      select extract(epoch from max(expires_at) - database_now())::float8 as seconds from affixings where state = 'reserved'`
    if (row?.seconds !== null && row !== undefined && row.seconds > 0) await world.advance(row.seconds + 1)
    await sweepOverdue(parts)
  })
}

/** Everything that does not hold after a round, in words; none when all is well. */
export async function problemsOf(world: World, jobs: readonly Job[]): Promise<string[]> {
  const ofDatabase = await world.withDatabase(async (database) => [
    ...(await ledgerProblems(database)),
    ...(await tableProblems(database)),
    ...(await quotaProblems(world, database)),
    ...(await jobProblems(database, jobs)),
  ])
  const ofJobs = await Promise.all(jobs.map((job) => signatureProblems(world, job)))
  const stamped = jobs.filter(({ acknowledged }) => acknowledged.signature !== undefined)
  const ofJudge = await judgedByOpenssl(stamped.find(({ kind }) => !kind.startsWith('stamp')))
  world.stamped.push(...stamped)
  return [...ofDatabase, ...ofJobs.flat(), ...ofJudge, ...(await fileProblems(world))]
}

/** Whether every stamp of every round can still be fetched as it was acknowledged, and verifies. */
export async function problemsOfAllStamps(world: World): Promise<string[]> {
  await world.up()
  const problems: string[] = []
  for (let from = 0; from < world.stamped.length; from += fetchedAtOnce) {
    const some = world.stamped.slice(from, from + fetchedAtOnce)
    problems.push(...(await Promise.all(some.map((job) => signatureProblems(world, job)))).flat())
  }
  return problems
}

async function ledgerProblems({ sql }: Database): Promise<string[]> {
  const { faults } = await recountLedger(sql)
  return faults.map(({ rule, ledger, accountId, detail }) => `ledger: ${rule} ${ledger} ${accountId ?? ''} ${detail}`)
}

/** Counts that must be equal, or nothing. */
async function tableProblems({ sql }: Database): Promise<string[]> {
  const [row] = await sql<Record<string, bigint>[]>`
    select
      (select count(*) from affixings where state = 'reserved') as reserved,
      (select count(*) from pendings where outcome is null) as open_holds,
      (select count(*) from affixings) - (select count(*) from serials) as serials_missing,
      (select count(*) from affixings a left join serials s on s.serial = a.serial and s.account_id = a.account_id
        and s.affixing_id = a.affixing_id where s.serial is null) as serials_of_others,
      (select count(*) from affixings where state = 'affixed') - (select count(*) from signatures) as signatures_missing,
      (select count(*) from affixings a left join transfers t on t.account_id = a.account_id and t.pending_id = a.affixing_id
        and t.type = 'post_pending' where (a.state = 'affixed') <> (t.id is not null)) as charges_without_stamp,
      (select count(*) from (select account_id, source_sha256 from affixings where state = 'affixed'
        group by 1, 2 having count(*) > 1) twice) as stamped_twice`
  return Object.entries(row ?? {}).flatMap(([name, count]) =>
    count === 0n ? [] : [`${name.replaceAll('_', ' ')}: ${count}`],
  )
}

/** Bought = available + reserved + spent, as the account itself sees it; spent is what is affixed. */
async function quotaProblems(world: World, { sql }: Database): Promise<string[]> {
  const problems: string[] = []
  const rows = await sql<{ account_id: string; affixed: number }[]>`
    select account_id, count(*)::int as affixed from affixings where state = 'affixed' group by account_id`
  for (const account of world.accounts) {
    const answer = await fetch(`${world.url}/v1/quota`, { headers: { authorization: `Bearer ${account.key}` } })
    const quota: unknown = await answer.json()
    const number = (name: string) =>
      BigInt(Number(typeof quota === 'object' && quota !== null ? Reflect.get(quota, name) : NaN))
    const [available, reserved, spent] = [number('available'), number('reserved'), number('spent')]
    if (account.granted !== undefined && available + reserved + spent !== account.granted)
      problems.push(`${account.name}: bought ${account.granted}, has ${available} + ${reserved} + ${spent}`)
    if (reserved !== 0n) problems.push(`${account.name}: ${reserved} still reserved`)
    const affixed = rows.find((row) => row.account_id === account.accountId)?.affixed ?? 0
    if (spent !== BigInt(affixed)) problems.push(`${account.name}: spent ${spent} for ${affixed} stamps`)
  }
  return problems
}

/** One outcome a key, and the one that was acknowledged. */
async function jobProblems({ sql }: Database, jobs: readonly Job[]): Promise<string[]> {
  const problems: string[] = []
  for (const job of jobs) {
    const { account, acknowledged } = job
    const rows = await sql<Row[]>`
      select affixing_id, state, release_reason, digest from affixings
      where account_id = ${account.accountId} and source_sha256 = ${Buffer.from(job.sourceSha256, 'hex')} order by affixing_id`
    const keys = await sql<{ affixing_id: string | null }[]>`
      select affixing_id from idempotency_keys where account_id = ${account.accountId} and key = ${job.key}`
    const wrong = outcomeProblem(job, rows, keys)
    if (wrong !== undefined)
      problems.push(
        `${wrong}; in the database: ${JSON.stringify(rows.map(({ affixing_id, state, release_reason }) => [affixing_id, state, release_reason]))}; said: ${JSON.stringify(acknowledged).slice(0, 300)}`,
      )
    // What no client has heard of is fetched and verified as well.
    const affixed = rows.find(({ state }) => state === 'affixed')
    if (affixed !== undefined) acknowledge(job, { id: publicId('affixing', affixed.affixing_id) })
    problems.push(...job.problems)
    if (wrong !== undefined || job.problems.length > 0)
      problems.push(`  ${job.kind} ${job.account.name} ${job.key}: ${job.history.slice(-12).join(' | ')}`)
  }
  return problems
}

function outcomeProblem(
  job: Job,
  rows: readonly Row[],
  keys: readonly { affixing_id: string | null }[],
): string | undefined {
  const { id, signature, document, released, refused } = job.acknowledged
  const states = rows.map(({ state }) => state)
  const isUpload = job.kind.startsWith('stamp')
  const uuid = id === undefined ? undefined : parsePublicId('affixing', id)
  const row = rows.find(({ affixing_id }) => affixing_id === uuid)
  if (keys.length > 1) return 'a key with two rows'
  if (!isUpload && rows.length > 1) return 'a key with two affixings'
  if (rows.length > 0 && !rows.some(({ affixing_id }) => affixing_id === keys[0]?.affixing_id) && !isUpload)
    return 'a key that lost its affixing'
  if (states.includes('affixed') && keys[0]?.affixing_id !== rows.find(({ state }) => state === 'affixed')?.affixing_id)
    return 'a stamp that its key does not lead to'
  if (id !== undefined && row === undefined) return 'an acknowledged affixing that is not there'
  if ((signature !== undefined || document !== undefined) && row?.state !== 'affixed')
    return 'an acknowledged stamp that is lost'
  if (signature !== undefined && row?.digest?.toString('hex') !== job.digest) return 'a stamp over another digest'
  if (released !== undefined && row?.state !== 'released') return 'an acknowledged release that is a stamp'
  if (released !== undefined && row?.release_reason !== released) return 'a release with another reason'
  if (refused !== undefined && rows.length > 0 && id === undefined) return 'a refused call with an effect'
  const mustEnd = job.kind === 'affix' || job.kind === 'twice' || job.kind === 'stamp' || job.kind === 'stampTwice'
  if (mustEnd && signature === undefined && document === undefined && released === undefined && refused === undefined)
    return 'a client without an outcome'
  return undefined
}

/** An affixed stamp is fetched again, is the one that was acknowledged, and verifies. */
async function signatureProblems(world: World, job: Job): Promise<string[]> {
  const { id, signature, document, released } = job.acknowledged
  const told = [...job.problems]
  if (id === undefined || released !== undefined) return []
  const answer = await send(world, job, { method: 'GET', path: `/v1/affixings/${id}` })
  if (answer?.status !== 200) return [`GET ${id}: ${job.history.at(-1)}`]
  const { json } = answer
  if (json['state'] !== 'affixed')
    return signature === undefined && document === undefined ? [] : [`${id} is ${String(json['state'])}`]
  acknowledge(job, {
    signature: String(json['signature']),
    serial: String(json['serial']),
    validation: JSON.stringify(json['validation']),
  })
  const problems = job.problems.filter((problem) => !told.includes(problem))
  problems.push(
    ...cmsProblems(Buffer.from(String(json['signature']), 'base64'), String(json['digest'])).map(
      (one) => `${id}: ${one}`,
    ),
  )
  if (job.kind.startsWith('stamp'))
    problems.push(...(await documentProblems(world, job, Buffer.from(String(json['signature']), 'base64'))))
  return problems
}

async function documentProblems(world: World, job: Job, cms: Buffer): Promise<string[]> {
  const answer = await send(world, job, { method: 'GET', path: `/v1/affixings/${job.acknowledged.id}/document` })
  if (answer?.status !== 200) return [`document of ${job.acknowledged.id}: ${job.history.at(-1)}`]
  const { bytes } = answer
  const range = /\/ByteRange\s*\[\s*(\d+) (\d+) (\d+) (\d+)\s*\]/.exec(bytes.toString('latin1'))
  if (range === null) return [`document of ${job.acknowledged.id}: no ByteRange`]
  const [, start = '', length = '', second = '', rest = ''] = range
  const found = containerOf({ bytes, byteRange: [Number(start), Number(length), Number(second), Number(rest)] })
  const digest = nodePrimitives.hash('sha256').update(found.content).digest()
  const problems = cmsProblems(cms, Buffer.from(digest).toString('hex'))
  if (!cms.equals(found.cms)) problems.push('the file holds another container than the database')
  const { document } = job.acknowledged
  const again = Buffer.from(nodePrimitives.hash('sha256').update(bytes).digest()).toString('hex')
  if (document !== undefined && document !== again) problems.push('the file is not the one acknowledged')
  return problems.map((problem) => `document of ${job.acknowledged.id}: ${problem}`)
}

/** Whether a container is a good signature over this digest: attributes, certificate, mathematics; trust is another test's. */
function cmsProblems(cms: Uint8Array, digest: string): string[] {
  const content = {
    hash: () => fromHex(digest),
    bytes: () => {
      throw new Error('our containers have signed attributes')
    },
  }
  const proof = proveContents({ raw: cms, bytes: cms }, { content, needsCertificateHash: true }, nodePrimitives)
  return proof === undefined ? ['no container of ours'] : proof.reasons
}

/** Openssl's word on one container over the bytes it is for. */
async function judgedByOpenssl(job: Job | undefined): Promise<string[]> {
  if (job === undefined) return []
  const cms = Buffer.from(job.acknowledged.signature ?? '', 'base64')
  const folder = await mkdtemp(join(tmpdir(), 'meterai-crash-judge-'))
  const file = (name: string) => join(folder, name)
  try {
    await Promise.all([writeFile(file('cms'), cms), writeFile(file('content'), job.content)])
    const words = [
      'cms',
      '-verify',
      '-binary',
      '-noverify',
      '-inform',
      'DER',
      '-in',
      file('cms'),
      '-content',
      file('content'),
    ]
    await promisify(execFile)('openssl', [...words, '-out', file('out')])
    return []
  } catch (error) {
    return [`openssl: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Files that nothing names: uploads that nobody reads any more, and kept files without a row. */
async function fileProblems(world: World): Promise<string[]> {
  const blobs = join(world.folder, 'data', 'blobs')
  const names = (await readdir(blobs, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('incoming'))
    .map(({ name }) => name)
  const known = await world.withDatabase(
    ({ sql }) =>
      sql<
        { name: string }[]
      >`select encode(prepared_sha256, 'hex') as name from kept_documents where deleted_at is null`,
  )
  const missing = known.filter(({ name }) => !names.includes(name))
  return missing.map(({ name }) => `kept file ${name} is named in the database and not on disk`)
}
