import type { Refusal } from '../errors.ts'
import { checkTotp, readTotp, type TotpParts } from './totp.ts'

/**
 * What a password or a code by message is not enough for: who set an authenticator app up shows a code of it too (`totp`), or a recovery
 * code. Asked once the first proof was right, so that a stranger learns nothing of it; wrong ones are counted before they are compared.
 */
export async function proveSecond(
  parts: TotpParts,
  given: { personId: string; totp: string | undefined },
): Promise<{ ok: true } | { ok: false; refusal: Refusal<'totp_needed' | 'authenticator_wrong' | 'code_locked'> }> {
  const { personId, totp } = given
  if ((await readTotp(parts.database.sql, personId)) === undefined) return { ok: true }
  if (totp === undefined) return { ok: false, refusal: { code: 'totp_needed' } }
  const checked = await checkTotp(parts, { personId, code: totp })
  return checked.ok ? { ok: true } : checked
}
