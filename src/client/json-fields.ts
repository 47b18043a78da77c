/** The service answered something that the contract does not allow; a newer service, or none of ours. */
export class AnswerError extends Error {
  /** What is wrong, without the sentence around it. */
  readonly what: string
  constructor(what: string) {
    super(`the service's answer cannot be used: ${what}`)
    this.name = 'AnswerError'
    this.what = what
  }
}

/** An object of an answer; `where` names it in the error. */
export type Fields = { where: string; values: Readonly<Record<string, unknown>> }

/** Throws AnswerError when `value` is no object. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (!isObject(value)) throw new AnswerError(`${where} is no object`)
  return { where, values: value }
}

/** True for objects that are no arrays. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of that name; throws AnswerError when it is missing or no text. */
export function textOf(fields: Fields, name: string): string {
  const value = fields.values[name]
  if (typeof value !== 'string') throw new AnswerError(`${fields.where}.${name} is no text`)
  return value
}

/** The text of that name, where there is one. */
export function optionalTextOf(fields: Fields, name: string): string | undefined {
  const value = fields.values[name]
  return value === undefined || value === null ? undefined : textOf(fields, name)
}

/** The number of that name, from `least` to `most`. */
export function numberOf(fields: Fields, name: string, range?: { least: number; most: number }): number {
  const value = fields.values[name]
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new AnswerError(`${fields.where}.${name} is no number`)
  if (range !== undefined && (!Number.isInteger(value) || value < range.least || value > range.most))
    throw new AnswerError(`${fields.where}.${name} is ${value}, outside ${range.least} to ${range.most}`)
  return value
}

/** The yes or no of that name. */
export function booleanOf(fields: Fields, name: string): boolean {
  const value = fields.values[name]
  if (typeof value !== 'boolean') throw new AnswerError(`${fields.where}.${name} is neither true nor false`)
  return value
}

/** The text of that name, which is one of `allowed`. */
export function oneOf<const Value extends string>(fields: Fields, name: string, allowed: readonly Value[]): Value {
  const value = textOf(fields, name)
  const found = allowed.find((each) => each === value)
  if (found === undefined)
    throw new AnswerError(`${fields.where}.${name} is "${value}"; update meterai if the service is newer`)
  return found
}

/** The list of that name, each item read by `read`. */
export function listOf<Item>(fields: Fields, name: string, read: (item: unknown, where: string) => Item): Item[] {
  const value = fields.values[name]
  if (!Array.isArray(value)) throw new AnswerError(`${fields.where}.${name} is no list`)
  return value.map((item: unknown, at) => read(item, `${fields.where}.${name}[${at}]`))
}
