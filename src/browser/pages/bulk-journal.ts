import type { BatchMemory, RowItem } from '../../client/bulk/batch-rows.ts'
import type { EarlierRuns } from '../../client/bulk/plan.ts'

/** The stamped copy of a row as this device keeps it: the bytes behind its original, and the sum of both together. */
export type KeptCopy = { serial: string; affixingId: string; output: string; tail: Blob; size: number; crc32: number }

/** A batch as it is remembered; `account`: whose it is; `total`: its rows that can be stamped. */
export type KeptBatch = { batchKey: string; account: string; name: string; total: number; startedAt: number }

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

/** One transaction, durable when this resolves. */
function inTransaction<Value>(
  database: IDBDatabase,
  mode: 'readonly' | 'readwrite',
  work: (store: (name: StoreName) => IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(Object.values(stores), mode)
    const request = work((name) => transaction.objectStore(name))
    transaction.addEventListener('complete', () => resolve(request.result))
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not stored')))
  })
}

/** The same on a connection of its own. */
async function inStores<Value>(
  mode: 'readonly' | 'readwrite',
  work: (store: (name: StoreName) => IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await openStores()
  try {
    return await inTransaction(database, mode, work)
  } finally {
    database.close()
  }
}

// an array sorts behind every text: all keys that begin with the batch's
const rowsOf = (batchKey: string) => IDBKeyRange.bound([batchKey], [batchKey, []])

async function readRows(database: IDBDatabase, batchKey: string): Promise<Map<string, KeptRow>> {
  const keys = await inTransaction(database, 'readonly', (store) => store('rows').getAllKeys(rowsOf(batchKey)))
  const rows: KeptRow[] = await inTransaction(database, 'readonly', (store) => store('rows').getAll(rowsOf(batchKey)))
  const named = keys.map((key) => (Array.isArray(key) && typeof key[1] === 'string' ? key[1] : ''))
  return new Map(named.map((key, at) => [key, rows[at] ?? {}]))
}

/** Opens what is remembered of a batch, or begins with nothing. */
export async function openBulkJournal(batchKey: string): Promise<BulkJournal> {
  const database = await openStores().catch(() => undefined)
  const known = database === undefined ? undefined : await readRows(database, batchKey).catch(() => undefined)
  const rows = known ?? new Map<string, KeptRow>()
  const kept = known === undefined ? undefined : database
  const copies = new Map([...rows].flatMap(([key, { copy }]) => (copy === undefined ? [] : [[key, copy] as const])))
  const note = async (notes: readonly (readonly [key: string, more: KeptRow])[]) => {
    for (const [key, more] of notes) rows.set(key, { ...rows.get(key), ...more })
    const [first, ...others] = notes
    if (kept === undefined || first === undefined) return
    await inTransaction(kept, 'readwrite', (store) => {
      const put = (key: string) => store('rows').put(rows.get(key), [batchKey, key])
      for (const [key] of others) put(key)
      return put(first[0])
    })
  }
  return {
    isResumed: rows.size > 0,
    isKept: kept !== undefined,
    copies,
    earlier: {
      stamped: (key) => copies.get(key),
      isBegun: (key) => rows.get(key)?.begun === true,
    },
    batches: {
      itemOf: (key) => rows.get(key)?.item,
      async keep(items) {
        await note(items.map(({ key, batchId, itemId }) => [key, { item: { batchId, itemId } }] as const))
      },
    },
    async start(batch) {
      if (kept !== undefined)
        await inTransaction(kept, 'readwrite', (store) => store('batches').put({ ...batch, batchKey }, batchKey))
    },
    begin: (key) => note([[key, { begun: true }]]),
    async finish(key, copy) {
      await note([[key, { copy }]])
      copies.set(key, copy)
    },
  }
}

/**
 * The newest batch of this account that this device remembers, and how many of its copies it has: another's name is not shown to whoever uses
 * the device next. Older than a week are forgotten, whose ever they are.
 */
export async function findBatch(account: string, now: number): Promise<(KeptBatch & { done: number }) | undefined> {
  try {
    const found: KeptBatch[] = await inStores('readonly', (store) => store('batches').getAll())
    const isYoung = ({ startedAt }: KeptBatch) => now - startedAt < bulkKeptDays * 24 * 60 * 60 * 1000
    for (const batch of found) if (!isYoung(batch)) await dropBatch(batch.batchKey)
    const own = found.filter((batch) => batch.account === account && isYoung(batch))
    const newest = own.toSorted((a, b) => b.startedAt - a.startedAt)[0]
    if (newest === undefined) return undefined
    const rows: KeptRow[] = await inStores('readonly', (store) => store('rows').getAll(rowsOf(newest.batchKey)))
    return { ...newest, done: rows.filter(({ copy }) => copy !== undefined).length }
  } catch {
    return undefined
  }
}

/** Forgets a batch. */
export async function dropBatch(batchKey: string): Promise<void> {
  await inStores('readwrite', (store) => {
    store('rows').delete(rowsOf(batchKey))
    return store('batches').delete(batchKey)
  }).catch(() => undefined)
}
