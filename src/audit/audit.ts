import type { Tx } from '../database/database.ts'

/**
 * One act: who did what to which thing. `actor` is `key:<key id>` or `system:<part>`; `objectId` a public id.
 * `detail` never holds names, numbers of documents, keys or document text.
 */
export type AuditEntry = {
  accountId: string
  id: string
  actor: string
  action: string
  objectId: string
  detail?: Record<string, string | number>
}

/** Writes the entries in the caller's transaction, so that an act and its record share one commit. */
export async function recordAudit(tx: Tx, entries: readonly AuditEntry[], at: Date): Promise<void> {
  if (entries.length === 0) return
  await tx`
    insert into audit (account_id, id, at, actor, action, object_id, detail)
    select u.account_id, u.id, ${at}, u.actor, u.action, u.object_id, u.detail::jsonb from unnest(
      ${entries.map((entry) => entry.accountId)}::uuid[], ${entries.map((entry) => entry.id)}::uuid[],
      ${entries.map((entry) => entry.actor)}::text[], ${entries.map((entry) => entry.action)}::text[],
      ${entries.map((entry) => entry.objectId)}::text[],
      ${entries.map((entry) => JSON.stringify(entry.detail ?? {}))}::text[]
    ) u(account_id, id, actor, action, object_id, detail)`
}
