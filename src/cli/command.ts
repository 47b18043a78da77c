import type { AuditCheck } from '../audit/audit-chain.ts'
import type { TextKey } from '../base/text.ts'
import type { Migrated } from '../database/migrate.ts'
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

/** Cases of account holders that wait, by public ids. `photo`: where the picture was written, for this user's eyes alone. */
export type OperatorProofing = {
  list(): Promise<{ account: string; kind: string; openedAt: string; asksProvider: boolean }[]>
  /** Opens who holds the account, which its people see afterwards; undefined where nothing is known. */
  show(
    account: string,
  ): Promise<
    { identity: Record<string, string | undefined>; warnings: string[]; photo: string | undefined } | undefined
  >
  /** False where no case of this account waits. */
  decide(decision: { account: string; answer: 'proven' | 'refused' }): Promise<boolean>
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
