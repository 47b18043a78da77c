// The worker of the whole site. It keeps one page for when nothing is reached, and what that page looks like. Documents, answers
// and every other page always come from the network: nothing of a person ever lies in this cache.

/** Written in front by the service: the page to keep, and the files it loads. */
declare const kept: { page: string; files: readonly string[] }

type Extendable = Event & { waitUntil(work: Promise<unknown>): void }
type Asked = Event & { request: Request; respondWith(answer: Promise<Response>): void }
const isExtendable = (event: Event): event is Extendable => 'waitUntil' in event
const isAsked = (event: Event): event is Asked => 'respondWith' in event

const cacheName = `luring ${kept.page} ${kept.files.join(' ')}`

async function keep(): Promise<void> {
  const cache = await caches.open(cacheName)
  await cache.addAll([kept.page, ...kept.files])
  const old = (await caches.keys()).filter((name) => name.startsWith('luring ') && name !== cacheName)
  await Promise.all(old.map((name) => caches.delete(name)))
}

async function orKept(request: Request, key: string): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const found = await (await caches.open(cacheName)).match(key)
    if (found === undefined) throw error
    return found
  }
}

addEventListener('install', (event) => {
  if (isExtendable(event)) event.waitUntil(keep())
})

addEventListener('fetch', (event) => {
  if (!isAsked(event)) return
  const { request } = event
  const { pathname, origin } = new URL(request.url)
  // a form that got no answer too: it may have done its work, and the page behind its address knows
  if (request.mode === 'navigate') event.respondWith(orKept(request, kept.page))
  else if (request.method !== 'GET') return
  else if (origin === location.origin && kept.files.includes(pathname)) event.respondWith(orKept(request, pathname))
})
