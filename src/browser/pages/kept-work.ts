import type { DocumentDetails } from '../../client/affixing-answer.ts'
import { storeAnswerMilliseconds } from '../../limits/stamping.ts'
import type { Placement } from '../../stamp/recipe.ts'

/**
 * One affixing as this device keeps it until its stamped copy is saved: with it and the same key the affixing goes on after a crash, a
 * closed tab or a dead battery. It lies on this device alone; a password never does.
 */
export type KeptWork = {
  /** Who began it, as its page says it (`data-owner`); '' where nobody had signed in yet. What is kept gets that of its page. */
  owner?: string
  savedAt: number
  file: Blob
  name: string
  sha256: string
  facts: DocumentDetails
  placement: Placement
  key: string
  additional: boolean
  affixingId?: string
  /** Nothing was asked of the service yet: the person left to sign in or to buy, and comes back to the review. */
  step?: 'review'
  /** The order (`ord_...`) that was placed for just this: once it is paid it needs no other confirmation. */
  intent?: string
}

/** Kept no longer than this, as the page says. */
export const keptWorkHours = 24

const databaseName = 'openmeterai'
const storeName = 'work'
function openStore(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let isLate = false
    setTimeout(() => {
      isLate = true
      reject(new Error('the store does not answer'))
    }, storeAnswerMilliseconds)
    const opening = indexedDB.open(databaseName, 1)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(storeName))
    opening.addEventListener('success', () => (isLate ? opening.result.close() : resolve(opening.result)))
    opening.addEventListener('error', () => reject(opening.error ?? new Error('no store')))
  })
}

async function inStore<Value>(
  mode: 'readonly' | 'readwrite',
  work: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await openStore()
  try {
    return await new Promise((resolve, reject) => {
      // on disk when it completes: a battery may be empty the moment after
      const transaction = database.transaction(storeName, mode, { durability: 'strict' })
      const request = work(transaction.objectStore(storeName))
      transaction.addEventListener('complete', () => resolve(request.result))
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not stored')))
    })
  } finally {
    database.close()
  }
}

/** Who is signed in on this page; '' for nobody. */
function ownerHere(): string {
  return document.querySelector<HTMLElement>('[data-owner]')?.dataset['owner'] ?? ''
}

/** Keeps the work, durably; each has its own place, so that two tabs keep two. Rejects where the device has no room or keeps nothing. */
export async function keepWork(work: KeptWork): Promise<void> {
  await inStore('readwrite', (store) => store.put({ ...work, owner: ownerHere() }, work.key))
}

/**
 * What whoever is signed in here began, or nobody had signed in for, the newest first; and how many others began: those are theirs to see.
 * What is older than it may be is deleted, whose ever it is. None too where this device keeps nothing.
 */
export async function findWorks(now: number): Promise<{ own: KeptWork[]; others: number }> {
  const found: KeptWork[] = await inStore('readonly', (store) => store.getAll()).catch(() => [])
  const isYoung = ({ savedAt }: KeptWork) => now - savedAt < keptWorkHours * 60 * 60 * 1000
  for (const work of found) if (!isYoung(work)) await dropWork(work.key)
  const young = found.filter(isYoung).toSorted((a, b) => b.savedAt - a.savedAt)
  const owners = ['', ownerHere()]
  const own = young.filter(({ owner = '' }) => owners.includes(owner))
  return { own, others: young.length - own.length }
}

/** Deletes all that pages keep on this device, or as soon as no other page has it open: whoever uses it next finds nothing. */
export function dropAllWork(): Promise<void> {
  return new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(databaseName)
    for (const end of ['success', 'error', 'blocked']) deleting.addEventListener(end, () => resolve())
    setTimeout(resolve, storeAnswerMilliseconds)
  })
}

/** Deletes what is kept under this key. */
export async function dropWork(key: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(key)).catch(() => undefined)
}

/** Whether a promise kept its word. */
export function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
