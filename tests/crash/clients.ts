import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { isObject } from '../../src/client/json-fields.ts'
import { acknowledge, type Job } from './jobs.ts'
import type { World } from './world.ts'

/** A client gives up after this: long for a service that comes back in seconds, so that a crowded machine is no anomaly. */
const answerSecondsMax = 150
const callSecondsMax = 45
const pauseMilliseconds = 60

type Call = { method: string; path: string; json?: unknown; pdf?: Buffer; key?: string }
/** `final` is false where the same call is to be made again. */
export type Answer = { status: number; json: Record<string, unknown>; bytes: Buffer; headers: Headers; final: boolean }

const facts = { documentType: 'surat-pernyataan', number: '7' } as const
const box = { left: 400, bottom: 40, width: 100, height: 100, unit: 'pt' } as const

/** Codes after which the same call is made again. */
const comeAgain = new Set(['in_progress', 'overloaded', 'internal', 'service_unreachable', 'timestamp_unavailable'])

/** One call; undefined where no answer came. */
export async function send(world: World, job: Job, call: Call): Promise<Answer | undefined> {
  const { method, path, json, pdf, key } = call
  const name = `${method} ${path.split('?')[0]?.split('/').slice(2, 3).join('')}${path.endsWith('/signature') ? '/signature' : ''}`
  try {
    const body = pdf ?? (json === undefined ? undefined : JSON.stringify(json))
    const type = pdf === undefined ? 'application/json' : 'application/pdf'
    const answer = await fetch(world.url + path, {
      method,
      headers: {
        authorization: `Bearer ${job.account.key}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      signal: AbortSignal.timeout(callSecondsMax * 1000),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    const parsed: unknown = isJson ? JSON.parse(bytes.toString()) : {}
    const read = isObject(parsed) ? parsed : {}
    const code = typeof read['code'] === 'string' ? read['code'] : ''
    job.history.push(`${name} ${answer.status} ${code}`)
    const final = answer.status !== 202 && !comeAgain.has(code)
    return { status: answer.status, json: read, bytes, headers: answer.headers, final }
  } catch (error) {
    job.history.push(`${name} lost (${error instanceof Error ? error.message : String(error)})`)
    return undefined
  }
}

/** Calls until there is an answer that stands; a client that is `lost` takes the first silence for the end. */
async function ask(world: World, job: Job, call: Call): Promise<Answer | undefined> {
  const end = performance.now() + answerSecondsMax * 1000
  const gone = job.kind === 'lost' || job.kind === 'stampLost'
  while (performance.now() < end) {
    await world.up()
    const answer = await send(world, job, call)
    if (answer?.final === true) return answer
    if (gone) return undefined
    await delay(pauseMilliseconds)
  }
  job.problems.push(
    `no answer to ${call.method} within ${answerSecondsMax} s; the database then: ${await world.activity()}`,
  )
  return undefined
}

function textOf(json: Record<string, unknown>, name: string): string {
  const value = json[name]
  return typeof value === 'string' ? value : ''
}

/** A refusal that ends a job, or a problem where it may not have come. */
function refuse(job: Job, answer: Answer, allowed: readonly string[]): void {
  const code = textOf(answer.json, 'code')
  if (!allowed.includes(code))
    job.problems.push(`unexpected ${answer.status} ${code || answer.bytes.toString().slice(0, 200)}`)
  if (code === 'affixing_released') acknowledge(job, { released: textOf(answer.json, 'reason') })
  else acknowledge(job, { refused: code })
}

export const reserveCall = (job: Job): Call => ({
  method: 'POST',
  path: '/v1/affixings',
  key: job.key,
  json: { facts, placement: { ...box, page: 1 }, sourceSha256: job.sourceSha256, sourceLength: 100, pageCount: 1 },
})
export const signCall = (job: Job): Call => ({
  method: 'PUT',
  path: `/v1/affixings/${job.acknowledged.id}/signature`,
  json: { digest: job.digest },
})
const cancelCall = (job: Job): Call => ({ method: 'DELETE', path: `/v1/affixings/${job.acknowledged.id}` })
export const stampCall = (job: Job): Call => ({
  method: 'PUT',
  path: `/v1/stampings/${job.key}?facts=${Buffer.from(JSON.stringify({ facts, placement: { ...box, page: 'last' } })).toString('base64url')}`,
  pdf: job.content,
})

async function reserve(world: World, job: Job): Promise<boolean> {
  const answer = await ask(world, job, reserveCall(job))
  if (answer === undefined) return false
  if (answer.status !== 201) {
    refuse(job, answer, ['quota_empty', 'affixing_released'])
    return false
  }
  acknowledge(job, { id: textOf(answer.json, 'id'), serial: textOf(answer.json, 'serial') })
  return true
}

/** What a signed answer acknowledges. */
export function acknowledgeSigned(job: Job, { json }: Answer): void {
  acknowledge(job, {
    id: textOf(json, 'id'),
    serial: textOf(json, 'serial'),
    signature: textOf(json, 'signature'),
    validation: JSON.stringify(json['validation']),
  })
}

async function sign(world: World, job: Job): Promise<void> {
  const answer = await ask(world, job, signCall(job))
  if (answer === undefined) return
  if (answer.status === 200) acknowledgeSigned(job, answer)
  else refuse(job, answer, ['affixing_released'])
}

async function cancel(world: World, job: Job): Promise<void> {
  const answer = await ask(world, job, cancelCall(job))
  if (answer === undefined) return
  if (answer.status === 200) acknowledge(job, { released: textOf(answer.json, 'releaseReason') })
  else if (textOf(answer.json, 'code') !== 'affixing_affixed' || job.kind !== 'contest') refuse(job, answer, [])
}

/** What a stamped file acknowledges. */
export function acknowledgeStamped(job: Job, answer: Answer): void {
  acknowledge(job, {
    id: answer.headers.get('affixing-id') ?? '',
    serial: answer.headers.get('serial-number') ?? '',
    document: createHash('sha256').update(answer.bytes).digest('hex'),
  })
  if (!answer.bytes.subarray(0, job.content.length).equals(job.content))
    job.problems.push('the stamped file does not begin with the original')
}

async function stamp(world: World, job: Job): Promise<void> {
  const answer = await ask(world, job, stampCall(job))
  if (answer === undefined) return
  if (answer.status === 200) acknowledgeStamped(job, answer)
  else refuse(job, answer, ['quota_empty'])
}

/** Does one job to its end, as its client would. */
export async function runJob(world: World, job: Job): Promise<void> {
  await delay(job.startsAt)
  const { kind } = job
  if (kind === 'stamp' || kind === 'stampLost') return stamp(world, job)
  if (kind === 'stampTwice') return void (await Promise.all([stamp(world, job), stamp(world, job)]))
  const [reserved] = await Promise.all([reserve(world, job), ...(kind === 'twice' ? [reserve(world, job)] : [])])
  if (!reserved || kind === 'leave') return
  if (kind === 'cancel') return cancel(world, job)
  if (kind === 'contest') return void (await Promise.all([sign(world, job), cancel(world, job)]))
  await Promise.all([sign(world, job), ...(kind === 'twice' ? [sign(world, job)] : [])])
}

/** Repeats a job's calls when all is over: each must be answered at once, and as before. */
export async function repeatJob(world: World, job: Job): Promise<void> {
  const { acknowledged } = job
  const strictly = async (call: Call): Promise<Answer | undefined> => {
    const answer = await send(world, job, call)
    if (answer?.final === true) return answer
    job.problems.push(`a repeat when all was over: ${job.history.at(-1)}`)
    return undefined
  }
  if (acknowledged.document !== undefined) {
    const answer = await strictly(stampCall(job))
    if (answer?.status === 200) acknowledgeStamped(job, answer)
    else if (answer !== undefined) refuse(job, answer, [])
    return
  }
  if (acknowledged.id === undefined || job.kind.startsWith('stamp')) return
  const again = await strictly(reserveCall(job))
  if (again?.status === 201) acknowledge(job, { id: textOf(again.json, 'id'), serial: textOf(again.json, 'serial') })
  else if (again !== undefined) refuse(job, again, acknowledged.signature === undefined ? ['affixing_released'] : [])
  if (acknowledged.signature !== undefined) {
    const signed = await strictly(signCall(job))
    if (signed?.status === 200) acknowledgeSigned(job, signed)
    else if (signed !== undefined) refuse(job, signed, [])
    const other = await strictly({ ...signCall(job), json: { digest: job.sourceSha256 } })
    if (other?.json['code'] !== 'digest_differs') job.problems.push('another digest was not refused')
  }
  if (job.kind === 'cancel' && acknowledged.released !== undefined) await cancel(world, job)
}
