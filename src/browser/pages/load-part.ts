/** A browser may remember that a module could not be had: each try has an address of its own. */
let tries = 0

/**
 * Where to import a later part from, once all of it lies in the browser's cache. `files`: its module, and behind it what that imports,
 * with spaces between. Each is asked for a second time before it is given up. Rejects where one cannot be had.
 */
export async function fetchPart(files: string): Promise<string> {
  const addresses = files.split(' ')
  await Promise.all(addresses.map((address) => fetchWhole(address).catch(() => fetchWhole(address))))
  return `${addresses[0] ?? ''}#${tries++}`
}

async function fetchWhole(address: string): Promise<void> {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`)
  await answer.arrayBuffer()
}

/** Asks for a part before it is needed. */
export function fetchAhead(files: string): void {
  for (const address of files.split(' ')) fetch(address).catch(() => undefined)
}

/** Loads a part once, however often it is asked for; what failed is tried anew. */
export function loadOnce<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}
