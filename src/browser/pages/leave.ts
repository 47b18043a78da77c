import { dropAllWork } from './kept-work.ts'
import { forgetAll } from './remembered.ts'

// Loaded where somebody signs out: a file that waits to be finished, and what was remembered, are nobody else's.

const form = document.querySelector('form[data-leave]')
if (form instanceof HTMLFormElement)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    forgetAll()
    // sent without its events, so that this happens once
    const send = () => form.submit()
    dropAllWork().then(send, send)
  })
