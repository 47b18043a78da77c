import type { Passwords } from '../../src/identity/passwords.ts'

const plain = {
  hash: (password: string) => Promise.resolve(password),
  verify: (hash: string | undefined, password: string) => Promise.resolve(hash === password),
}

/** Passwords that are their own hash: hashing has tests of its own. */
export const plainPasswords: Passwords = { ...plain, withPlace: (work) => work(plain), close: () => undefined }
