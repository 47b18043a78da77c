import type { OperatorAccess, OperatorProofing, Starters } from '../cli/command.ts'
import type { PaperParts } from '../identity/papers/keep-paper.ts'
import type { RecoveryParts } from '../identity/recovery/recovery.ts'
import { operatorAccess } from './operator-access.ts'
import { operatorLogin, operatorProofing } from './operator.ts'

/** The commands of operators about people, each on parts opened for it alone. */
export function operatorStarters(
  withParts: <T>(work: (parts: PaperParts & RecoveryParts) => Promise<T>) => Promise<T>,
): Pick<Starters, 'operatorProofing' | 'operatorAccess'> {
  const proofing = <T>(work: (operator: OperatorProofing) => Promise<T>) =>
    withParts((parts) => work(operatorProofing(parts)))
  const access = <T>(work: (operator: OperatorAccess) => Promise<T>) =>
    withParts((parts) => work(operatorAccess(parts, operatorLogin())))
  return {
    operatorProofing: {
      list: () => proofing((operator) => operator.list()),
      show: (account) => proofing((operator) => operator.show(account)),
      decide: (decision) => proofing((operator) => operator.decide(decision)),
    },
    operatorAccess: {
      find: (by) => access((operator) => operator.find(by)),
      askContact: (asked) => access((operator) => operator.askContact(asked)),
      askAuthenticator: (person) => access((operator) => operator.askAuthenticator(person)),
      list: () => access((operator) => operator.list()),
      approve: (id) => access((operator) => operator.approve(id)),
      cancel: (id) => access((operator) => operator.cancel(id)),
    },
  }
}
