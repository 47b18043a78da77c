/**
 * How arrays of PostgreSQL go and come. The client could ask each new connection for them; when that connection is lost
 * meanwhile, the question fails with nobody to hear it, and that ends the process.
 */

type ArrayType<Value> = {
  to: number
  from: number[]
  serialize(values: Value[]): string
  parse(text: string): Value[]
}

/** A type's number is that of its array (pg_type.oid); `write` gives a member as it stands in the array's text; null stays null. */
function arrayType<Value>(oid: number, write: (value: Value) => string, read: (text: string) => Value) {
  const type: ArrayType<Value | null> = {
    to: oid,
    from: [oid],
    serialize: (values) => `{${values.map((value) => (value === null ? 'NULL' : write(value))).join(',')}}`,
    parse: (text) => membersOf(text).map((member) => (member === null ? null : read(member))),
  }
  return type
}

const quoted = (text: string): string => `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`
const same = (text: string): string => text

/** The members of an array of one dimension as PostgreSQL writes it: `{a,"b \" c",NULL}`. */
function membersOf(text: string): (string | null)[] {
  const members: (string | null)[] = []
  for (const [, inQuotes, plain] of text.slice(1, -1).matchAll(/(?:"((?:[^"\\]|\\.)*)"|([^,"]+))(?:,|$)/gs)) {
    if (inQuotes !== undefined) members.push(inQuotes.replaceAll(/\\(.)/gs, '$1'))
    else members.push(plain === undefined || plain === 'NULL' ? null : plain)
  }
  return members
}

/**
 * Type numbers (pg_type.oid) of arrays whose members the client would take for the array itself:
 * `sql.array(amounts, arrayOid.int8)`. Arrays of text, numbers and UUIDs need none.
 */
export const arrayOid = { bool: 1000, bytea: 1001, int8: 1016, timestamptz: 1185 } as const

/** Every array type that our statements use; of one dimension. */
export const arrayTypes = {
  boolArray: arrayType(arrayOid.bool, String, (text) => text === 't'),
  byteaArray: arrayType(
    arrayOid.bytea,
    ({ buffer, byteOffset, length }: Uint8Array) => `"\\\\x${Buffer.from(buffer, byteOffset, length).toString('hex')}"`,
    (text): Buffer => Buffer.from(text.slice(2), 'hex'),
  ),
  int8Array: arrayType(arrayOid.int8, String, BigInt),
  timestamptzArray: arrayType(
    arrayOid.timestamptz,
    (at: Date) => `"${at.toISOString()}"`,
    (text) => new Date(text),
  ),
  textArray: arrayType(1009, quoted, same),
  uuidArray: arrayType(2951, quoted, same),
  int4Array: arrayType(1007, String, Number),
  float8Array: arrayType(1022, String, Number),
}

/** What each of them is in JavaScript. */
export type ArrayTypes = { [Name in keyof typeof arrayTypes]: ReturnType<(typeof arrayTypes)[Name]['parse']> }
