import type { Database } from '../../src/database/database.ts'

/**
 * Where these values stand in a dump of the database: `messages.body`, one name for each column that has one of them, as it is, or
 * in hex or base64. `owner`: the schema owner's way in, which sees every table.
 */
export async function columnsInClear(owner: Database, values: readonly string[]): Promise<string[]> {
  const { sql } = owner
  const columns = await sql<{ table: string; column: string; isBytes: boolean }[]>`
    select c.relname::text as table, a.attname::text as column, a.atttypid = 'bytea'::regtype as "isBytes"
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
      -- these hold no text, and six digits by chance
      and a.atttypid not in ('uuid'::regtype, 'timestamptz'::regtype)
    order by 1, 2`
  const forms = values.flatMap((value) => {
    const bytes = Buffer.from(value)
    // what is short is found in the hex or base64 of anything by chance
    return bytes.length < 6 ? [value] : [value, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
  })
  const found: string[] = []
  for (const { table, column, isBytes } of columns) {
    const [row] = await sql<{ found: boolean }[]>`
      select exists (select from ${sql(table)} t join unnest(${forms}::text[]) u(form)
        on ${
          isBytes
            ? sql`position(convert_to(u.form, 'UTF8') in t.${sql(column)}) > 0`
            : sql`position(u.form in t.${sql(column)}::text) > 0`
        }) as found`
    if (row?.found === true) found.push(`${table}.${column}`)
  }
  return found
}
