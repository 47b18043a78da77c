import { findWorks } from './kept-work.ts'

// The quota as it is now while somebody looks, and what only this device knows is unfinished.

/** How often the quota is asked for: a payment that arrives is seen while the thanks are still read. */
const everyMilliseconds = 10_000

async function showQuota(place: HTMLElement, number: Element): Promise<void> {
  if (document.hidden) return
  const answer = await fetch('/v1/quota', {
    credentials: 'same-origin',
  }).catch(() => undefined)
  if (answer?.ok !== true) return
  const told: unknown = await answer.json()
  if (typeof told !== 'object' || told === null || !('available' in told)) return
  const shown = new Intl.NumberFormat(document.documentElement.lang).format(Number(told.available))
  // the same number is not read out again
  if (number.textContent !== shown) number.textContent = shown
}

const place = document.querySelector('[data-quota]')
const number = place?.querySelector('[data-available]')
if (place instanceof HTMLElement && number) {
  const look = () => void showQuota(place, number)
  setInterval(look, everyMilliseconds)
  document.addEventListener('visibilitychange', look)
}

const { own } = await findWorks(Date.now())
const work = own.find(({ owner = '' }) => owner !== '')
if (work !== undefined) {
  const name = document.querySelector('[data-kept-name]')
  if (name !== null) name.textContent = (name.getAttribute('data-kept-name') ?? '').replace('?', work.name)
  for (const hidden of document.querySelectorAll('[data-kept-work], [data-unfinished]'))
    hidden.removeAttribute('hidden')
}
