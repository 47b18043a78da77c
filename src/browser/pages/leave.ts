import { dropAllWork } from './kept-work.ts'
import { forgetAll } from './remembered.ts'

// Loaded by the page that signs out: a file that waits to be finished, and what was remembered, are nobody else's.

dropAllWork()
forgetAll()
