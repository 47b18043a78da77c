import { hashSync, verifySync } from '@node-rs/argon2'
import { argon2Parameters } from '../limits/people.ts'
import type { FromPasswordProcess, ToPasswordProcess } from './passwords.ts'

// The child process that hashes passwords, one at a time. It has no database, no keys and no environment; it gets a password, answers,
// and keeps nothing.

function work(asked: ToPasswordProcess): FromPasswordProcess {
  // argon2id is what the package makes where nothing else is asked for.
  if (asked.kind === 'hash') return { kind: 'hashed', hash: hashSync(asked.password, argon2Parameters) }
  return { kind: 'verified', right: verifySync(asked.hash, asked.password) }
}

function tell(message: FromPasswordProcess | { kind: 'ready' }): void {
  process.send?.(message)
}

process.on('message', (asked: ToPasswordProcess) => {
  try {
    tell(work(asked))
  } catch {
    // Whatever it was about: its message could hold what was hashed.
    tell({ kind: 'failed' })
  }
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'ready' })
