import { parsePublicId } from '../base/ids.ts'
import { jakartaDay } from '../base/jakarta.ts'
import type { Database } from '../database/database.ts'

/**
 * On which day keys were last used, without a write per call: noted in memory, written down together now and then. What a process
 * noted and did not write when it ends is lost, at most a minute of it.
 */
export type KeyUses = {
  /** `keyId`: the key's public id. */
  note(keyId: string): void
  /** Writes down what was noted since. */
  write(): Promise<void>
}

/** One set for a process. */
export function openKeyUses(database: Database): KeyUses {
  let noted = new Set<string>()
  return {
    note: (keyId) => void noted.add(keyId),
    async write() {
      const taken = noted
      noted = new Set()
      const ids = [...taken].flatMap((keyId) => parsePublicId('key', keyId) ?? [])
      if (ids.length === 0) return
      try {
        const day = jakartaDay(await database.now())
        // a key that was used today already costs a look and no write
        await database.sql`
          update api_keys set last_used = ${day}::date
          where key_id = any(${ids}::uuid[]) and last_used is distinct from ${day}::date`
      } catch (error) {
        for (const keyId of taken) noted.add(keyId)
        throw error
      }
    },
  }
}
