import type { Refusal } from '../errors.ts'
import { passwordLengthMax, passwordLengthMin } from '../limits/people.ts'

/** What people type first when ten characters are asked for, here and elsewhere, in lower case and without what is put around it. */
const common = [
  'password',
  'passw0rd',
  'p@ssw0rd',
  'p@ssword',
  'kata sandi',
  'katasandi',
  'rahasia',
  'sandi',
  'indonesia',
  'jakarta',
  'merdeka',
  'bismillah',
  'alhamdulillah',
  'sayang',
  'sayangku',
  'cintaku',
  'doraemon',
  'persib',
  'garuda',
  'pancasila',
  'meterai',
  'materai',
  'openmeterai',
  'qwerty',
  'qwertyuiop',
  'asdfghjkl',
  'administrator',
  'admin',
  'welcome',
  'iloveyou',
  'football',
  'abcdefghij',
  'abc',
]

/** Of a weak password, in the order they are looked for. */
export type PasswordWeakness = 'short' | 'long' | 'unusable' | 'repeated' | 'common' | 'personal'

/** A password as it is hashed: what looks the same is the same on every keyboard. */
export function readPassword(typed: string): string {
  return typed.normalize('NFKC')
}

/**
 * Why this password is not taken; undefined where it is. `own`: the person's name, e-mail and phone, which others know or guess
 * first. Nothing is prescribed about its letters: length is what counts.
 */
export function passwordProblem(password: string, own: readonly string[]): Refusal<'password_weak'> | undefined {
  const weakness = weaknessOf(password, own)
  if (weakness === undefined) return undefined
  return { code: 'password_weak', values: { reason: weakness, least: passwordLengthMin, most: passwordLengthMax } }
}

function weaknessOf(password: string, own: readonly string[]): PasswordWeakness | undefined {
  const characters = Array.from(password)
  if (characters.length < passwordLengthMin) return 'short'
  if (characters.length > passwordLengthMax) return 'long'
  if (!password.isWellFormed() || password.includes('\0')) return 'unusable'
  const lower = password.toLowerCase()
  if (new Set(lower).size < 4 || isRow(lower)) return 'repeated'
  // "Password123!" is "password" with what everyone puts around it.
  const bare = lower.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  if (common.includes(bare)) return 'common'
  if (own.some((each) => isMostly(lower, each.toLowerCase()))) return 'personal'
  return undefined
}

/** 0123456789, abcdefghijkl: each character is the one after its neighbour. */
function isRow(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  return codes.slice(1).every((code, index) => Math.abs(code - (codes[index] ?? 0)) === 1 || code === 0x30)
}

/** Whether little is left of the password without this word, or its parts of a name. */
function isMostly(password: string, word: string): boolean {
  const parts = [word, word.split('@', 1)[0] ?? '', ...word.split(/[^\p{L}\p{N}]+/u)].filter((part) => part.length >= 4)
  const left = parts.reduce((rest, part) => rest.replaceAll(part, ''), password)
  return left !== password && Array.from(left).length < passwordLengthMin / 2
}
