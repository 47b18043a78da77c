import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import type { PdfJob } from './pdf-process-messages.ts'
import type { PdfJobHost } from './pdf-conversation.ts'
import { openPdfWorker, type PdfWorker } from './pdf-worker.ts'

let folder: string
let worker: PdfWorker | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterai-worker-'))
})
afterEach(() => worker?.close())
afterAll(() => rm(folder, { recursive: true }))

async function jobFor(bytes: Uint8Array): Promise<PdfJob> {
  const originalPath = join(folder, 'original.pdf')
  await writeFile(originalPath, bytes)
  const placement = { page: 'last', left: 40, bottom: 40, width: 100, height: 100, unit: 'pt' } as const
  const facts = { documentType: 'surat-pernyataan', number: '0' } as const
  return {
    kind: 'stamp',
    originalPath,
    preparedPath: join(folder, 'prepared.pdf'),
    facts,
    placement,
    additional: false,
  }
}
const silent = { request: () => new Promise<never>(() => undefined), prepared: () => Promise.resolve() }
const refusing: PdfJobHost = {
  request: () => Promise.resolve({ status: 402, headers: {}, json: { code: 'quota_empty', available: 0 } }),
  prepared: () => Promise.resolve(),
}

test('what the service refuses comes back from the process as that refusal', async () => {
  worker = openPdfWorker()
  expect(await worker.run(await jobFor(samplePdf()), refusing)).toMatchObject({
    ok: false,
    refusal: { code: 'quota_empty' },
  })
})

test('a file that takes too long ends its process, and the next file gets a new one', async () => {
  worker = openPdfWorker({ timeoutMilliseconds: 1 })
  expect(await worker.run(await jobFor(samplePdf()), refusing)).toEqual({ ok: false, ended: 'out_of_time' })
  worker.close()
  worker = openPdfWorker()
  expect(await worker.run(await jobFor(samplePdf()), refusing)).toHaveProperty('refusal')
})

test('a job that is abandoned ends at once, and those behind it go on', async () => {
  worker = openPdfWorker()
  const abandon = new AbortController()
  const hanging: PdfJobHost = { ...silent, request: () => (abandon.abort(), silent.request()) }
  const first = worker.run(await jobFor(samplePdf()), hanging, abandon.signal)
  const second = worker.run(await jobFor(samplePdf()), refusing)
  expect(await first).toEqual({ ok: false, ended: 'abandoned' })
  expect(await second).toHaveProperty('refusal')
})

test('a host that fails is heard, and ends no other job', async () => {
  worker = openPdfWorker()
  const failing: PdfJobHost = { ...silent, request: () => Promise.reject(new Error('no database')) }
  await expect(worker.run(await jobFor(samplePdf()), failing)).rejects.toThrow('no database')
  expect(await worker.run(await jobFor(samplePdf()), refusing)).toHaveProperty('refusal')
})

test('the process holds nothing of its parent but the search path', async () => {
  worker = openPdfWorker()
  process.env['METERAI_SECRET_OF_TEST'] = 'rahasia'
  const seen: string[] = []
  const looking: PdfJobHost = {
    ...refusing,
    async request(call) {
      const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      for (const pid of children.trim().split(' '))
        seen.push(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''))
      return refusing.request(call)
    },
  }
  await worker
    .run(await jobFor(samplePdf()), looking)
    .finally(() => Reflect.deleteProperty(process.env, 'METERAI_SECRET_OF_TEST'))
  expect(seen.join('')).toContain('PATH=')
  expect(seen.join('')).not.toContain('rahasia')
})
