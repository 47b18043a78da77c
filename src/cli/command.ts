import type { AuditCheck } from '../audit/audit-chain.ts'
import type { TextKey } from '../base/text.ts'
import type { Migrated } from '../database/migrate.ts'
import type { OrganisationPaper } from '../identity/papers/paper-kinds.ts'
import type { RecoveryProblem } from '../identity/recovery/recovery.ts'
import type { Recount } from '../ledger/recount.ts'
import type { Arguments, OptionShapes } from './arguments.ts'
import type { Surroundings } from './connection.ts'
import type { Outcome } from './outcome.ts'
import type { Terminal } from './pdf-password.ts'
import type { PurchaseStarters } from './purchase-starters.ts'

/** A running service and what its owner needs to know of it; `demo` is undefined in production. */
export type RunningService = {
  url: string
  demo: { accountId: string; liveKey: string; testKey: string } | undefined
  /** Takes no new work, finishes what runs, stops. */
  stop(): Promise<void>
}

export type Grant = { account: string; units: number }
export type Granted =
  | { ok: true; accountId: string; available: number }
  | { ok: false; reason: 'production' | 'account_unknown' }

/** A service of its own in a temporary folder; `stop` removes the folder too. */
export type TemporaryService = {
  folder: string
  service: RunningService
  checkLedger(): Promise<Recount>
  grantQuota(grant: Grant): Promise<Granted>
  stop(): Promise<void>
}

/** Cases of account holders that wait, by public ids. `photo`, `papers`: where the files were written, for this user's eyes alone. */
export type OperatorProofing = {
  list(): Promise<{ account: string; kind: string; openedAt: string; asksProvider: boolean }[]>
  /** Opens who holds the account, which its people see afterwards; undefined where nothing is known. */
  show(account: string): Promise<
    | {
        identity: Record<string, string | undefined>
        warnings: string[]
        photo: string | undefined
        papers: { paper: OrganisationPaper; path: string }[]
      }
    | undefined
  >
  /** False where no case of this account waits. */
  decide(decision: { account: string; answer: 'proven' | 'refused' }): Promise<boolean>
}

/** A way back that has not ended, by public ids; `contact`: the new one. Moments are ISO 8601. */
export type RecoveryRow = {
  id: string
  person: string
  kind: string
  state: string
  contact: string | undefined
  askedBy: string
  approvedBy: string | undefined
  readyAt: string | undefined
}

/** People of one account, by public ids, so that an operator finds the right one; contacts are masked. */
export type AccessFound = {
  account: string
  kind: string
  name: string
  people: { person: string; role: string; name: string; contacts: string[]; hasApp: boolean }[]
}

type Asked<T> = ({ ok: true } & T) | { ok: false; problem: RecoveryProblem | 'contact_malformed' }

/** Ways back for who lost every way in, in the name of the operator who is logged in: one asks, another approves. */
export type OperatorAccess = {
  /** Opens who holds the accounts, which their people see afterwards. */
  find(by: { account: string } | { nik: string }): Promise<AccessFound[]>
  /** `contact` as typed; answered in its one form. */
  askContact(asked: { person: string; contact: string }): Promise<Asked<{ id: string; contact: string }>>
  askAuthenticator(person: string): Promise<Asked<{ id: string }>>
  list(): Promise<RecoveryRow[]>
  approve(id: string): Promise<Asked<{ readyAt: string }>>
  cancel(id: string): Promise<Asked<object>>
}

/** What only the composition root can start; handed in by it. */
export type Starters = {
  serve(): Promise<RunningService>
  migrate(): Promise<Migrated>
  /** `all`: from the beginning, not from the last proven total. */
  checkLedger(how: { all: boolean }): Promise<Recount>
  checkAudit(): Promise<AuditCheck>
  grantQuota(grant: Grant): Promise<Granted>
  operatorProofing: OperatorProofing
  operatorAccess: OperatorAccess
  startTemporary(): Promise<TemporaryService>
  purchases: PurchaseStarters
}

/** All a command has of the world. */
export type CommandContext = Surroundings & { starters: Starters; terminal: Terminal }

/** One command: how it is written, what help says, what it does. Refusals of what was typed are thrown as Stopped. */
export type Command = {
  /** One or two words. */
  name: string
  usage: string
  says: TextKey
  options: OptionShapes
  run(given: Arguments, context: CommandContext): Promise<Outcome>
}
