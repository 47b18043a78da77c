import type { Tx } from '../database/database.ts'

/** A serial number that was drawn is another's already, one draw in ten thousand million: the batch draws again. */
export class SerialTaken extends Error {
  override readonly name = 'SerialTaken'
}

/** Writes serial numbers into the registry. Throws SerialTaken where one is another's. */
export async function registerSerials(
  tx: Tx,
  made: readonly { serial: string; accountId: string; id: string }[],
): Promise<void> {
  if (made.length === 0) return
  const { count } = await tx`
    insert into serials (serial, account_id, affixing_id)
    select serial, account_id, affixing_id from unnest(
      ${made.map(({ serial }) => serial)}::text[], ${made.map(({ accountId }) => accountId)}::uuid[],
      ${made.map(({ id }) => id)}::uuid[]) u(serial, account_id, affixing_id)
    on conflict do nothing`
  if (count !== made.length) throw new SerialTaken(`${made.length - count} serial numbers are taken`)
}

/** Uniform integers in [0, below) for below <= 256, by drawing again outside the largest multiple. Bytes are drawn in bulk. */
export function randomIntegers(randomBytes: (count: number) => Uint8Array): (below: number) => number {
  let drawn: Iterator<number> = [].values()
  return (below) => {
    const bound = 256 - (256 % below)
    for (;;) {
      const { value, done } = drawn.next()
      if (done === true) drawn = randomBytes(1024).values()
      else if (value < bound) return value % below
    }
  }
}
