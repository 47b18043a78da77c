import type { Quota } from './balances.ts'
import type { Transfer, TransferField, TransferResult } from './transfers.ts'

type Balance = { pending: bigint; debits: bigint; credits: bigint }
type Done = { transfer: Transfer; outcome?: 'posted' | 'voided' }

/**
 * The ledger's rules once more, one transfer at a time and in plain memory: what the property tests hold the real one to.
 * Knows the ledger `stamps` with the kinds quota and refunding.
 */
export function modelLedger(opening: Map<string, bigint>) {
  const done = new Map<string, Done>()
  const balances = new Map<string, Balance>()
  for (const [accountId, units] of opening) {
    balances.set(`${accountId} quota`, { pending: 0n, debits: 0n, credits: units })
    balances.set(`${accountId} refunding`, { pending: 0n, debits: 0n, credits: 0n })
  }
  const keyOf = (transfer: { accountId: string; id: string }) => `${transfer.accountId} ${transfer.id}`
  const balanceOf = (accountId: string, kind: string) => balances.get(`${accountId} ${kind}`)

  function move(direct: Extract<Transfer, { amount: bigint }>, phase: Transfer['type'], sign: bigint): boolean {
    const amount = direct.amount * sign
    const debit = balanceOf(direct.accountId, direct.debit)
    const credit = balanceOf(direct.accountId, direct.credit)
    if (debit !== undefined) {
      if (phase === 'pending') debit.pending += amount
      if (phase === 'posted') debit.debits += amount
      if (phase === 'post_pending') [debit.pending, debit.debits] = [debit.pending - amount, debit.debits + amount]
      if (phase === 'void_pending') debit.pending -= amount
    }
    if (credit !== undefined && (phase === 'posted' || phase === 'post_pending')) credit.credits += amount
    return debit === undefined || debit.pending + debit.debits <= debit.credits
  }

  function differing(transfer: Transfer, before: Transfer): TransferField | undefined {
    if (transfer.type !== before.type) return 'type'
    if ('pendingId' in transfer || 'pendingId' in before) {
      const same = 'pendingId' in transfer && 'pendingId' in before && transfer.pendingId === before.pendingId
      return same ? undefined : 'pending_id'
    }
    const fields = ['ledger', 'debit', 'credit', 'amount'] as const
    return fields.find((field) => transfer[field] !== before[field])
  }

  function applyOne(transfer: Transfer): { answer: TransferResult; undo?: () => void } {
    const before = done.get(keyOf(transfer))
    if (before !== undefined) {
      const field = differing(transfer, before.transfer)
      return { answer: field === undefined ? { result: 'exists' } : { result: 'differs', field } }
    }
    const hold = 'pendingId' in transfer ? done.get(`${transfer.accountId} ${transfer.pendingId}`) : undefined
    const direct = 'pendingId' in transfer ? hold?.transfer : transfer
    if (direct === undefined || 'pendingId' in direct || ('pendingId' in transfer && direct.type !== 'pending')) {
      return { answer: { result: 'pending_unknown' } }
    }
    if (hold?.outcome !== undefined) return { answer: { result: `pending_${hold.outcome}` } }
    if (!move(direct, transfer.type, 1n)) {
      move(direct, transfer.type, -1n)
      return { answer: { result: 'exceeds_balance' } }
    }
    done.set(keyOf(transfer), { transfer })
    if (hold !== undefined) hold.outcome = transfer.type === 'post_pending' ? 'posted' : 'voided'
    const undo = () => {
      move(direct, transfer.type, -1n)
      done.delete(keyOf(transfer))
      if (hold !== undefined) delete hold.outcome
    }
    return { answer: { result: 'ok' }, undo }
  }

  function apply(batch: readonly Transfer[]): TransferResult[] {
    const answers: TransferResult[] = []
    for (let first = 0; first < batch.length;) {
      const chain = batch[first]?.chain
      let next = first + 1
      if (chain !== undefined) while (batch[next]?.chain === chain) next++
      const steps: { answer: TransferResult; undo?: () => void }[] = []
      for (const transfer of batch.slice(first, next)) {
        const failed = steps.some(({ answer }) => answer.result !== 'ok' && answer.result !== 'exists')
        steps.push(failed ? { answer: { result: 'chain_failed' } } : applyOne(transfer))
      }
      if (chain !== undefined && steps.some(({ answer }) => answer.result !== 'ok' && answer.result !== 'exists')) {
        for (const step of steps.toReversed()) {
          if (step.undo === undefined) continue
          step.undo()
          step.answer = { result: 'chain_failed' }
        }
      }
      answers.push(...steps.map(({ answer }) => answer))
      first = next
    }
    return answers
  }

  function quota(accountId: string): Quota {
    const { pending, debits, credits } = balanceOf(accountId, 'quota') ?? { pending: 0n, debits: 0n, credits: 0n }
    const setAside = balanceOf(accountId, 'refunding')?.credits ?? 0n
    return { available: credits - debits - pending, reserved: pending, spent: debits - setAside }
  }

  return { apply, quota }
}
