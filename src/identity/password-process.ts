import { Algorithm, hashSync, verifySync } from '@node-rs/argon2'
import { argon2Parameters } from '../limits.ts'
import type { FromPasswordProcess, ToPasswordProcess } from './passwords.ts'

// The child process that hashes passwords, one at a time. It has no database, no keys and no environment; it gets a password, answers,
// and keeps nothing.

function work(asked: ToPasswordProcess): FromPasswordProcess {
  const password = asked.password
  if (asked.kind === 'hash')
    return { kind: 'hashed', hash: hashSync(password, { ...argon2Parameters, algorithm: argon2id }) }
  return { kind: 'verified', right: verifySync(asked.hash, password) }
}

/** The package declares its list as a const enum, which one file at a time cannot be compiled with. */
const argon2id: Algorithm.Argon2id = 2

function tell(message: FromPasswordProcess): void {
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
