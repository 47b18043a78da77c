import type { BatchMemory, RowItem } from '../../client/bulk/batch-rows.ts'
import type { EarlierRuns } from '../../client/bulk/plan.ts'

/** The stamped copy of a row as this device keeps it: the bytes behind its original, and the sum of both together. */
export type KeptCopy = { serial: string; affixingId: string; output: string; tail: Blob; size: number; crc32: number }

/** A batch as it is remembered; `total`: its rows that can be stamped. */
export type KeptBatch = { batchKey: string; name: string; total: number; startedAt: number }

/**
 * How far a batch is, so that it goes on after a reload or a crash. It holds keys, numbers and stamps; of a document nothing but its
 * file's name, and never the document itself.
 */
export type BulkJournal = {
  isResumed: boolean
  /** False where this device keeps nothing: then the batch is remembered while the page is open. */
  isKept: boolean
  earlier: EarlierRuns
  batches: BatchMemory
  copies: ReadonlyMap<string, KeptCopy>
  start(batch: Omit<KeptBatch, 'batchKey'>): Promise<void>
  begin(key: string): Promise<void>
  finish(key: string, copy: KeptCopy): Promise<void>
}

/** Kept no longer than this: a batch that stands over a long weekend. */
export const bulkKeptDays = 7

type KeptRow = { begun?: true; item?: RowItem; copy?: KeptCopy }

const databaseName = 'openmeterai-bulk'
const stores = { batches: 'batches', rows: 'rows' } as const
type StoreName = keyof typeof stores

function openStores(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(databaseName, 1)
    opening.addEventListener('upgradeneeded', () => {
      for (const name of Object.values(stores)) opening.result.createObjectStore(name)
    })
    opening.addEventListener('success', () => resolve(opening.result))
    opening.addEventListener('error', () => reject(opening.error ?? new Error('no store')))
  })
}

async function inStores<Value>(
  names: readonly StoreName[],
  mode: 'readonly' | 'readwrite',
  work: (store: (name: StoreName) => IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await openStores()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction([...names], mode)
      const request = work((name) => transaction.objectStore(name))
      transaction.addEventListener('complete', () => resolve(request.result))
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not stored')))
    })
  } finally {
    database.close()
  }
}

/** All rows of a batch; none where this device keeps nothing. */
async function readRows(batchKey: string): Promise<Map<string, KeptRow> | undefined> {
  // an array sorts behind every text: all keys that begin with the batch's
  const range = IDBKeyRange.bound([batchKey], [batchKey, []])
  try {
    const keys = await inStores(['rows'], 'readonly', (store) => store('rows').getAllKeys(range))
    const rows: KeptRow[] = await inStores(['rows'], 'readonly', (store) => store('rows').getAll(range))
    const named = keys.map((key) => (Array.isArray(key) && typeof key[1] === 'string' ? key[1] : ''))
    return new Map(named.map((key, at) => [key, rows[at] ?? {}]))
  } catch {
    return undefined
  }
}

/** Opens what is remembered of a batch, or begins with nothing. */
export async function openBulkJournal(batchKey: string): Promise<BulkJournal> {
  const known = await readRows(batchKey)
  const rows = known ?? new Map<string, KeptRow>()
  const isKept = known !== undefined
  const copies = new Map([...rows].flatMap(([key, { copy }]) => (copy === undefined ? [] : [[key, copy] as const])))
  const note = async (key: string, more: KeptRow) => {
    const row = { ...rows.get(key), ...more }
    rows.set(key, row)
    if (isKept) await inStores(['rows'], 'readwrite', (store) => store('rows').put(row, [batchKey, key]))
  }
  return {
    isResumed: rows.size > 0,
    isKept,
    copies,
    earlier: {
      stamped: (key) => copies.get(key),
      isBegun: (key) => rows.get(key)?.begun === true,
    },
    batches: {
      itemOf: (key) => rows.get(key)?.item,
      async keep(items) {
        for (const { key, batchId, itemId } of items) await note(key, { item: { batchId, itemId } })
      },
    },
    async start(batch) {
      if (isKept)
        await inStores(['batches'], 'readwrite', (store) => store('batches').put({ ...batch, batchKey }, batchKey))
    },
    begin: (key) => note(key, { begun: true }),
    async finish(key, copy) {
      await note(key, { copy })
      copies.set(key, copy)
    },
  }
}

/** The newest batch that this device remembers, and how many of its copies it has; older than a week are forgotten. */
export async function findBatch(now: number): Promise<(KeptBatch & { done: number }) | undefined> {
  try {
    const found: KeptBatch[] = await inStores(['batches'], 'readonly', (store) => store('batches').getAll())
    const isYoung = ({ startedAt }: KeptBatch) => now - startedAt < bulkKeptDays * 24 * 60 * 60 * 1000
    for (const batch of found) if (!isYoung(batch)) await dropBatch(batch.batchKey)
    const newest = found.filter(isYoung).toSorted((a, b) => b.startedAt - a.startedAt)[0]
    if (newest === undefined) return undefined
    const rows = (await readRows(newest.batchKey)) ?? new Map<string, KeptRow>()
    return { ...newest, done: [...rows.values()].filter(({ copy }) => copy !== undefined).length }
  } catch {
    return undefined
  }
}

/** Forgets a batch. */
export async function dropBatch(batchKey: string): Promise<void> {
  const range = IDBKeyRange.bound([batchKey], [batchKey, []])
  await inStores(['batches', 'rows'], 'readwrite', (store) => {
    store('rows').delete(range)
    return store('batches').delete(batchKey)
  }).catch(() => undefined)
}
