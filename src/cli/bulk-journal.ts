import { createHash, randomUUID } from 'node:crypto'
import { open, readFile, realpath, truncate, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { BatchMemory, RowItem } from '../client/bulk/batch-rows.ts'
import type { EarlierRuns } from '../client/bulk/plan.ts'
import { localExits, Stopped } from './outcome.ts'
import { systemCode, writePrivate } from './pdf-file.ts'

/** A row's copy as it was written. */
export type WrittenCopy = { serial: string; affixingId: string; output: string }

/**
 * What a batch has done so far, in METERAI_STATE: the key that its rows' own keys are made of, and which of those were begun and written.
 * It holds no name, number or text of a document.
 */
export type BulkJournal = {
  batchKey: string
  /** Whether an earlier run began with it. */
  isResumed: boolean
  earlier: EarlierRuns
  batches: BatchMemory
  /** Keys of rows whose copies were written, by key. */
  written: ReadonlyMap<string, WrittenCopy>
  /** On disk when this resolves. */
  begin(key: string): Promise<void>
  /** That the copy is written; on disk too. */
  finish(key: string, copy: WrittenCopy): Promise<void>
  close(): Promise<void>
}

/** Which batch: one journal for each service, API key and folder or table. */
export type BulkName = { url: string; key: string; source: string }

/** Opens the batch's journal, or begins one; nothing is written before `begin`. Throws Stopped. */
export async function openJournal(folder: string, name: BulkName): Promise<BulkJournal> {
  const source = await realpath(name.source).catch(() => name.source)
  // the API key itself is never written down: its hash parts accounts from each other
  const hash = createHash('sha256').update([name.url, name.key, source].join('\n')).digest('hex')
  const head = join(folder, 'bulk', `${hash}.json`)
  const log = join(folder, 'bulk', `${hash}.log`)
  const known = await readHead(head)
  const batchKey = known ?? randomUUID()
  const begun = new Set<string>()
  const written = new Map<string, WrittenCopy>()
  const items = new Map<string, RowItem>()
  if (known !== undefined) await readLog(log, { begun, written, items })
  let file: Promise<FileHandle> | undefined
  const openLog = async () => {
    if (known === undefined) await writePrivate(head, `${JSON.stringify({ batchKey })}\n`)
    return open(log, 'a', 0o600)
  }
  const queued: object[] = []
  const write = async () => {
    const lines = queued.splice(0)
    if (lines.length === 0) return
    try {
      file ??= openLog()
      const handle = await file
      await handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      await handle.datasync()
    } catch (error) {
      throw new Stopped('cli.state.unwritable', { path: log, reason: systemCode(error) }, localExits.outputFailed)
    }
  }
  // One write after the other, each with all that waits: a disk is asked once for many rows. After a failure nothing is written any more.
  let last: Promise<void> = Promise.resolve()
  const append = (lines: readonly object[]) => {
    queued.push(...lines)
    last = last.then(write)
    return last
  }
  return {
    batchKey,
    isResumed: known !== undefined,
    written,
    earlier: { stamped: (key) => written.get(key), isBegun: (key) => begun.has(key) },
    batches: {
      itemOf: (key) => items.get(key),
      async keep(kept) {
        await append(kept.map(({ key, batchId, itemId }) => ({ key, batchId, itemId })))
        for (const { key, batchId, itemId } of kept) items.set(key, { batchId, itemId })
      },
    },
    async begin(key) {
      if (begun.has(key)) return
      await append([{ key }])
      begun.add(key)
    },
    async finish(key, copy) {
      await append([{ key, ...copy }])
      written.set(key, copy)
    },
    async close() {
      const handle = await file
      await handle?.close()
    },
  }
}

async function readHead(path: string): Promise<string | undefined> {
  const json = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new Stopped('cli.state.unwritable', { path, reason: systemCode(error) }, localExits.outputFailed)
  })
  return json === undefined ? undefined : fieldOf(parsed(json), 'batchKey')
}

/** Reads the lines that are whole; one cut short by a crash goes, so that the next does not join it. */
async function readLog(
  path: string,
  into: { begun: Set<string>; written: Map<string, WrittenCopy>; items: Map<string, RowItem> },
): Promise<void> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) await truncate(path, end)
  for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
    const value = parsed(line)
    const key = fieldOf(value, 'key')
    if (key === undefined) continue
    const [batchId, itemId] = ['batchId', 'itemId'].map((each) => fieldOf(value, each))
    if (batchId !== undefined && itemId !== undefined) {
      into.items.set(key, { batchId, itemId })
      continue
    }
    into.begun.add(key)
    const [serial, affixingId, output] = ['serial', 'affixingId', 'output'].map((each) => fieldOf(value, each))
    if (serial !== undefined && affixingId !== undefined && output !== undefined)
      into.written.set(key, { serial, affixingId, output })
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function fieldOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const field: unknown = Reflect.get(value, name)
  return typeof field === 'string' ? field : undefined
}
