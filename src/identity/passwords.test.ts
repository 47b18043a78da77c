import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Overloaded } from '../base/batching.ts'
import { argon2Parameters, passwordProcessPriority } from '../limits/people.ts'
import { openPasswords, type Passwords } from './passwords.ts'

let passwords: Passwords
let folder: string
beforeAll(async () => {
  passwords = openPasswords()
  folder = await mkdtemp(join(tmpdir(), 'meterai-passwords-'))
})
afterAll(async () => {
  passwords.close()
  await rm(folder, { recursive: true })
})

/** A process of another kind: it says it is ready, then does this with what it is asked. */
async function otherProcess(name: string, onMessage: string): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  await writeFile(path, `process.on('message', (asked) => { ${onMessage} })\nprocess.send({ kind: 'ready' })\n`)
  return path
}

test('a password is known again, and no other is', async () => {
  const hash = await passwords.hash('kucing abu lima')

  expect(hash).toContain(`$argon2id$v=19$m=${argon2Parameters.memoryCost},t=${argon2Parameters.timeCost},p=1$`)
  expect(await passwords.verify(hash, 'kucing abu lima')).toBe(true)
  expect(await passwords.verify(hash, 'kucing abu enam')).toBe(false)
})

test('without a hash no password is right, and as much is done about it', async () => {
  const hash = await passwords.hash('kucing abu lima')
  const took = async (known: string | undefined) => {
    const begun = performance.now()
    expect(await passwords.verify(known, 'kucing abu enam')).toBe(false)
    return performance.now() - begun
  }

  const [known, unknown]: [number[], number[]] = [[], []]
  for (let i = 0; i < 7; i++) {
    known.push(await took(hash))
    unknown.push(await took(undefined))
  }

  // The difference between hashing and not hashing is a factor of a hundred; what else a machine does only adds to the quickest.
  const [quickest, other] = [Math.min(...known), Math.min(...unknown)]
  expect(Math.max(quickest, other) / Math.min(quickest, other)).toBeLessThan(4)
})

test('the same password has another hash each time', async () => {
  expect(await passwords.hash('kucing abu lima')).not.toBe(await passwords.hash('kucing abu lima'))
})

test('who comes when too many wait is told at once', async () => {
  const few = openPasswords({ queueMax: 1 })
  const asked = [few.hash('kucing abu satu'), few.hash('kucing abu dua'), few.hash('kucing abu tiga')]
  const outcomes = await Promise.allSettled(asked)
  few.close()

  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  await expect(asked[2]).rejects.toBeInstanceOf(Overloaded)
})

test('who has a place is never turned away, and who gets none has done nothing', async () => {
  const few = openPasswords({ queueMax: 0 })
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const first = few.withPlace(async (hashing) => {
    await opened
    return hashing.hash('kucing abu satu')
  })
  let begun = false
  await expect(few.withPlace(async () => (begun = true))).rejects.toBeInstanceOf(Overloaded)
  await expect(few.hash('kucing abu dua')).rejects.toBeInstanceOf(Overloaded)
  open?.()

  expect(await first).toContain('$argon2id$')
  expect(begun).toBe(false)
  expect(await few.withPlace(async () => 'a place again')).toBe('a place again')
  few.close()
})

test('strangers fill no place of those inside', async () => {
  const few = openPasswords({ queueMax: 0 })
  let open: (() => void) | undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const atDoor = few.withPlace(() => opened)
  await expect(few.withPlace(() => opened)).rejects.toBeInstanceOf(Overloaded)
  expect(await few.withPlace((own) => own.hash('kucing abu satu'), 'inside')).toMatch(/^\$argon2id/)
  open?.()
  await atDoor
  few.close()
})

test('a process that dies takes one password with it, and the next gets a new one', async () => {
  const processPath = await otherProcess(
    'dying',
    `if (asked.password === 'die') process.exit(3)
    process.send({ kind: 'hashed', hash: 'of ' + process.pid })`,
  )
  const dying = openPasswords({ processPath })
  const [first, second, third] = await Promise.allSettled([dying.hash('a'), dying.hash('die'), dying.hash('c')])
  dying.close()

  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { message: 'the password process died' } })
  expect(third.status).toBe('fulfilled')
  expect(third).not.toEqual(first)
})

test('a process that hangs is ended, and says nothing of the password', async () => {
  const processPath = await otherProcess('hanging', '')
  const hanging = openPasswords({ processPath, timeoutMilliseconds: 2_000 })
  await expect(hanging.hash('kucing abu lima')).rejects.toThrow('the password process took too long')
  hanging.close()
})

test('it comes up like any process, and from then on takes what others leave of the processor', async () => {
  const priorities = `import('node:fs').then(({ readdirSync, readFileSync }) => {
    const ofThread = (id) => readFileSync('/proc/self/task/' + id + '/stat', 'utf8').replace(/^.*\\) /s, '').split(' ')[16]
    process.send({ kind: 'hashed', hash: before + ' ' + readdirSync('/proc/self/task').map(ofThread).join(' ') })
  })`
  const processPath = join(folder, 'nice.mjs')
  await writeFile(
    processPath,
    `import { getPriority } from 'node:os'
    const before = getPriority()
    process.on('message', () => { ${priorities} })
    process.send({ kind: 'ready' })`,
  )
  const nice = openPasswords({ processPath })
  const [before, ...since] = (await nice.hash('a')).split(' ').map(Number)
  nice.close()
  expect(before).toBe(getPriority())
  expect(since.length).toBeGreaterThan(1)
  expect([...new Set(since)]).toEqual([passwordProcessPriority])
})

test('after closing nothing is hashed any more', async () => {
  const closing = openPasswords()
  const waiting = closing.hash('kucing abu lima')
  closing.close()
  await expect(waiting).rejects.toBeInstanceOf(Overloaded)
  await expect(closing.verify(undefined, 'kucing abu lima')).rejects.toBeInstanceOf(Overloaded)
})
