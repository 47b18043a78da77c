import { nodePrimitives } from '../base/primitives-node.ts'
import { text } from '../base/text.ts'
import { askRegistry, fetchTrust } from '../client/registry.ts'
import type { Refusal } from '../errors.ts'
import { pdfBytesMax } from '../limits.ts'
import { check } from '../stamp/check/check.ts'
import type { CheckReport, Trust } from '../stamp/check/report.ts'
import { registryQuestions, verdictOf, type Verdict } from '../stamp/check/verdict.ts'
import { preflight } from '../stamp/pdf/preflight.ts'
import { onlyWord, type Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer, type Server } from './connection.ts'
import { localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'
import { readPdf } from './pdf-file.ts'
import type { Screen } from './screen.ts'

/** `meterai verify`: reads the file here and asks the service only about serial numbers and digests. */
export const verifyCommand: Command = {
  name: 'verify',
  usage: 'meterai verify FILE.pdf',
  says: 'cli.help.verify',
  options: {},
  run: verifyFile,
}

async function verifyFile(given: Arguments, context: CommandContext): Promise<Outcome> {
  const path = onlyWord(given, verifyCommand)
  const { screen } = context
  const read = await readPdf(path)
  if (!read.ok)
    return refusedOutcome(screen, { code: 'file_too_large', values: { bytes: read.size, bytesMax: pdfBytesMax } })
  const server = await publicServer(context)
  const trust = server === undefined ? undefined : await trustOf(server)
  const report = check(read.bytes, trust ?? { roots: [] }, nodePrimitives)
  const locked = report.signatures.length === 0 ? lockedRefusal(read.bytes) : undefined
  if (locked !== undefined) return refusedOutcome(screen, locked)
  const verdict = await judge(report, server, trust)
  tellVerdict(screen, verdict)
  return { exitCode: verdict.exitCode, json: { ok: verdict.exitCode === 0, file: path, ...verdict, report } }
}

/** Why nothing can be read in the file, where it is locked: then "no stamp" would be a guess. */
function lockedRefusal(bytes: Uint8Array): Refusal | undefined {
  const looked = preflight(bytes, nodePrimitives)
  if (looked.ok) return undefined
  const isLocked = looked.refusal.code === 'password_needed' || looked.refusal.code === 'encryption_unsupported'
  return isLocked ? looked.refusal : undefined
}

/** A verdict without the register is still one, so a service that nobody named only counts as not reached. */
async function publicServer(context: CommandContext): Promise<Server | undefined> {
  try {
    return { ...(await openServer(context, { key: 'none' })), sends: 2 }
  } catch (error) {
    if (!(error instanceof Stopped) || error.key !== 'cli.server.none') throw error
    context.screen.tell(error.key, error.values)
    return undefined
  }
}

async function trustOf(server: Server): Promise<Trust | undefined> {
  const fetched = await fetchTrust(server)
  return fetched.ok ? fetched.trust : undefined
}

async function judge(report: CheckReport, server: Server | undefined, trust: Trust | undefined): Promise<Verdict> {
  if (server !== undefined && trust !== undefined) {
    const asked = await askRegistry(server, registryQuestions(report))
    return verdictOf(report, asked.ok ? asked.answers : 'unreachable')
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
