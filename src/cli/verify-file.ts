import { resolve } from 'node:path'
import { nodePrimitives } from '../base/primitives-node.ts'
import { text } from '../base/text.ts'
import { askRegistry } from '../client/registry.ts'
import { pdfBytesMax } from '../limits/stamping.ts'
import { checkBytes } from '../stamp/check/check-bytes.ts'
import type { CheckReport } from '../stamp/check/report.ts'
import { registryQuestions, verdictExits, verdictOf, type Verdict } from '../stamp/check/verdict.ts'
import { judgeTogether, rowOf } from '../verification/batch.ts'
import { onlyWord, type Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'
import { readPdf } from './pdf-file.ts'
import type { Screen } from './screen.ts'
import { verifyBatch } from './verify-batch.ts'
import { filesOf } from './verify-files.ts'
import { readVerifyOrder, verifyOptions, type VerifyOrder } from './verify-options.ts'
import { offlineTrust, onlineTrust, type VerifyTrust } from './verify-trust.ts'

/** `meterai verify`: reads files here and asks the service only about serial numbers and digests. */
export const verifyCommand: Command = {
  name: 'verify',
  usage: 'meterai verify FILE.pdf|DIR|LIST',
  says: 'cli.help.verify',
  options: verifyOptions,
  run: verify,
}

async function verify(given: Arguments, context: CommandContext): Promise<Outcome> {
  const word = onlyWord(given, verifyCommand)
  const order = readVerifyOrder(given)
  const files = await filesOf(word, context.workingFolder)
  const openTrust = () =>
    order.offline === undefined
      ? onlineTrust(context)
      : offlineTrust(resolve(context.workingFolder, order.offline), context)
  if (files === undefined && order.report === undefined) return verifyFile(word, order, { context, openTrust })
  const { bundle, server, refusal } = await openTrust()
  // a thousand times "not reached" is no answer
  if (refusal !== undefined) return refusedOutcome(context.screen, refusal)
  if (bundle === undefined) throw new Stopped('cli.server.none', {}, localExits.unreachable)
  const trust = { bundle, ...(server === undefined ? {} : { server }) }
  return verifyBatch(files ?? [word], order, { context, trust })
}

async function verifyFile(
  path: string,
  order: VerifyOrder,
  on: { context: CommandContext; openTrust: () => Promise<VerifyTrust> },
): Promise<Outcome> {
  const { screen, workingFolder } = on.context
  const read = await readPdf(resolve(workingFolder, path))
  if (!read.ok)
    return refusedOutcome(screen, { code: 'file_too_large', values: { bytes: read.size, bytesMax: pdfBytesMax } })
  const trust = await on.openTrust()
  const checked = checkBytes(read.bytes, trust.bundle?.trust ?? { roots: [] }, nodePrimitives)
  if (checked.kind === 'refused') return refusedOutcome(screen, checked.refusal)
  const { report } = checked
  const verdict = await judge(report, trust)
  const [row] = judgeTogether([rowOf(path, verdict)], order.expectation)
  const differs = row?.verdict === 'type_differs' || row?.verdict === 'day_differs' ? row.verdict : undefined
  tellVerdict(screen, verdict)
  if (differs !== undefined) {
    screen.say(`standings.${differs}`)
    screen.say(`standings.${differs}.next`)
  }
  const exitCode = differs === undefined ? verdict.exitCode : verdictExits[differs]
  return {
    exitCode,
    json: {
      ok: exitCode === 0,
      file: path,
      ...verdict,
      exitCode,
      ...(differs === undefined ? {} : { differs }),
      report,
    },
  }
}

/** The verdict on what a file proves, by the register where it can be asked. */
export async function judge(report: CheckReport, { server, bundle }: VerifyTrust): Promise<Verdict> {
  if (bundle !== undefined) {
    const asked = server === undefined ? undefined : await askRegistry(server, registryQuestions(report))
    return verdictOf(report, asked?.ok === true ? asked.answers : 'unreachable')
  }
  // Without the trusted roots no signature can be told from a foreign one, so nothing may be said of any.
  if (report.signatures.length === 0) return verdictOf(report, 'unreachable')
  const serial = report.signatures.map(({ serialInField }) => serialInField).find((named) => named !== undefined)
  const exitCode = localExits.unreachable
  return { standing: 'unreachable', ...(serial === undefined ? {} : { serial }), reasons: [], exitCode, stamps: [] }
}

function tellVerdict(screen: Screen, verdict: Verdict): void {
  const { integrity, standing, serial, stamps } = verdict
  const named = serial === undefined || serial === '' ? {} : { serial }
  screen.say(`standings.${standing}`, named)
  if (integrity !== undefined) screen.say(`verdicts.${integrity}`)
  for (const reason of verdict.reasons) screen.line(`- ${text(screen.language, `checkReasons.${reason}`)}`)
  const isWrong = integrity === 'changed' || integrity === 'broken'
  if (isWrong && standing !== 'other_document') screen.say(`verdicts.${integrity}.next`)
  else screen.say(`standings.${standing}.next`)
  // The first of several is the worst and was told above.
  for (const stamp of stamps.slice(1)) {
    screen.say(`standings.${stamp.standing}`, { serial: stamp.serial })
    screen.say(`verdicts.${stamp.integrity}`)
  }
}
