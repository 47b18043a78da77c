// What the pages of buying are better with: the total as the number changes, news of an order the moment it is paid, the QR for another app.

const pollMilliseconds = 5000
const waitedFor = 'openmeterai-waited-for'

/** The total beside the number of stamps. */
function showTotal(): void {
  const total = document.querySelector('[data-total]')
  const input = document.querySelector('input[name=jumlah]')
  const shown = total?.querySelector('strong')
  if (!(input instanceof HTMLInputElement) || !total || !shown) return
  const price = Number(total.getAttribute('data-total'))
  const show = () => {
    const isFine = input.validity.valid && input.value !== ''
    total.toggleAttribute('hidden', !isFine)
    if (isFine) shown.textContent = `Rp${(input.valueAsNumber * price).toLocaleString(document.documentElement.lang)}`
  }
  input.addEventListener('input', show)
  show()
}

/** Comes back with the page as it is now; who waited here is taken on by the page that says "paid". */
function renew(path: string): void {
  try {
    sessionStorage.setItem(waitedFor, path)
  } catch {
    // without a memory the person taps once more
  }
  const url = new URL(location.href)
  url.searchParams.delete('kabar')
  // the same address with a mark in it would only scroll
  url.hash = ''
  location.replace(url)
}

/** The order's version now; undefined where nobody answers. */
async function askVersion(path: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${path}/keadaan`, { redirect: 'error' })
    const news: unknown = answer.ok ? await answer.json() : undefined
    return typeof news === 'object' && news !== null && 'version' in news ? String(news.version) : undefined
  } catch {
    return undefined
  }
}

/** Asks from time to time: where news do not come by themselves. */
async function poll(path: string, version: string): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
    const now = await askVersion(path)
    if (now !== undefined && now !== version) return renew(path)
  }
}

function listen(): void {
  const live = document.querySelector('[data-live]')
  const path = live?.getAttribute('data-live')
  const version = live?.getAttribute('data-version')
  if (!path || !version) return
  if (!('EventSource' in window)) {
    void poll(path, version)
    return
  }
  const source = new EventSource(`${path}/kabar?versi=${version}`)
  source.addEventListener('message', () => {
    source.close()
    renew(path)
  })
  source.addEventListener('error', () => {
    // a broken connection is taken up again by the browser itself; what is closed is not
    if (source.readyState === EventSource.CLOSED) void poll(path, version)
  })
}

/** A paid order that was for one affixing leads on by itself, once, for who waited on its page. */
function goOn(): void {
  const to = document.querySelector('[data-go]')?.getAttribute('data-go')
  if (!to) return
  try {
    const waited = sessionStorage.getItem(waitedFor)
    sessionStorage.removeItem(waitedFor)
    if (waited !== null && location.pathname === waited) location.assign(to)
  } catch {
    // the button is there
  }
}

/** Hands the QR to another app where the device can. */
function offerShare(): void {
  for (const button of document.querySelectorAll('[data-share]')) {
    if (!('canShare' in navigator)) return
    const path = button.getAttribute('data-share') ?? ''
    const text = button.getAttribute('data-share-text') ?? ''
    const probe = new File([new Uint8Array(1)], 'qris.png', { type: 'image/png' })
    if (!navigator.canShare({ files: [probe] })) return
    button.removeAttribute('hidden')
    button.addEventListener('click', () => {
      void fetch(path)
        .then((answer) => answer.blob())
        .then((blob) => navigator.share({ text, files: [new File([blob], 'qris.png', { type: 'image/png' })] }))
        .catch(() => undefined)
    })
  }
}

showTotal()
listen()
goOn()
offerShare()
