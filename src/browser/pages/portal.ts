import { showScripted } from './make.ts'

// What every page is better with: nothing here is needed for any of them.

const zones = { 7: ['Asia/Jakarta', 'WIB'], 8: ['Asia/Makassar', 'WITA'], 9: ['Asia/Jayapura', 'WIT'] } as const

/** Times in the zone of the device, where that is one of Indonesia's; the zone is always named. */
function showLocalTimes(): void {
  const hours = -new Date().getTimezoneOffset() / 60
  if (hours !== 8 && hours !== 9) return
  const [timeZone, name] = zones[hours]
  for (const time of document.querySelectorAll('time[data-local]')) {
    const at = new Date(time.getAttribute('datetime') ?? '')
    const locale = time.getAttribute('data-local') === 'en' ? 'en-GB' : 'id-ID'
    const day = at.toLocaleDateString(locale, { timeZone, day: 'numeric', month: 'long', year: 'numeric' })
    const hour = at.toLocaleTimeString('id-ID', { timeZone, hour: '2-digit', minute: '2-digit' })
    time.textContent = time.hasAttribute('data-hour') ? `${hour} ${name}` : `${day}, ${hour} ${name}`
  }
}

/** Tells how much is left beside until when; once a second, in words alone. */
function runCountdowns(): void {
  for (const countdown of document.querySelectorAll('.countdown')) {
    const until = Date.parse(countdown.getAttribute('data-until') ?? '')
    const remaining = countdown.querySelector('[data-remaining]')
    if (remaining === null) continue
    const show = () => {
      const seconds = Math.max(0, Math.round((until - Date.now()) / 1000))
      const sentence = countdown.getAttribute(seconds > 0 ? 'data-left' : 'data-over') ?? ''
      const hours = seconds >= 3600 ? `${Math.floor(seconds / 3600)}:` : ''
      const minutes = String(Math.floor((seconds % 3600) / 60)).padStart(hours === '' ? 1 : 2, '0')
      const left = `${hours}${minutes}:${String(seconds % 60).padStart(2, '0')}`
      remaining.textContent = sentence.replace('?', left)
      if (seconds === 0) clearInterval(timer)
    }
    const timer = setInterval(show, 1000)
    show()
  }
}

/** One tap copies a number whole. */
function offerCopies(): void {
  if (!('clipboard' in navigator)) return
  for (const button of document.querySelectorAll('[data-copy-button]')) {
    button.removeAttribute('hidden')
    button.addEventListener('click', () => {
      const value = button.closest('[data-copy]')?.getAttribute('data-copy') ?? ''
      void navigator.clipboard.writeText(value).then(() => button.classList.add('good'))
    })
  }
}

/** One more, one less. */
function runSteppers(): void {
  for (const stepper of document.querySelectorAll('[data-stepper]')) {
    const input = stepper.querySelector('input')
    for (const button of stepper.querySelectorAll('[data-step]')) {
      button.removeAttribute('hidden')
      button.addEventListener('click', () => {
        if (button.getAttribute('data-step') === '1') input?.stepUp()
        else input?.stepDown()
        input?.dispatchEvent(new Event('input', { bubbles: true }))
      })
    }
  }
}

/** A form that is on its way is not sent again by a second tap. Coming back to the page with Back makes it new. */
function sendOnce(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.method === 'get') return
    for (const button of form.querySelectorAll('button[type=submit]'))
      setTimeout(() => button.setAttribute('disabled', ''), 0)
  })
  addEventListener('pageshow', () => {
    for (const button of document.querySelectorAll('form button[disabled]')) button.removeAttribute('disabled')
  })
}

showScripted(document)
showLocalTimes()
runCountdowns()
offerCopies()
runSteppers()
sendOnce()
const summary = document.querySelector('[data-focus]')
if (summary instanceof HTMLElement) summary.focus()
if ('serviceWorker' in navigator)
  navigator.serviceWorker.register(`/sw.js?bahasa=${document.documentElement.lang}`).catch(() => undefined)
