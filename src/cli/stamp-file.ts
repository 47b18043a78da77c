import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { nodePrimitives } from '../base/primitives-node.ts'
import { affixDocument, digestOf, type AffixOrder, type AffixOutcome, type Progress } from '../client/affix.ts'
import { listAffixed } from '../client/account.ts'
import { choosePlace } from '../client/choose-place.ts'
import { errorList, type Refusal } from '../errors.ts'
import { pdfBytesMax } from '../limits/stamping.ts'
import { heldSignatures } from '../stamp/check/held-signatures.ts'
import { stampSidePoints } from '../stamp/recipe.ts'
import { onlyWord, type Arguments } from './arguments.ts'
import { openBegunStamps, stateFolder, type BegunStamp } from './begun-stamps.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer, type Server } from './connection.ts'
import { localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'
import { exists, freeStampedName, readPdf, refuseSameFile, stampedName, writeWhole } from './pdf-file.ts'
import { askPassword, givenPassword } from './pdf-password.ts'
import type { Screen } from './screen.ts'
import { orderOptions, readOrder, type StampOrder } from './stamp-order.ts'

/** Options of every command that reads an original and writes its stamped copy. */
export const copyOptions = {
  output: { type: 'string', short: 'o', value: 'OUT.pdf', says: 'cli.option.output' },
  force: { type: 'boolean', says: 'cli.option.force' },
  'password-file': { type: 'string', value: 'FILE', says: 'cli.option.passwordFile' },
  test: { type: 'boolean', says: 'cli.option.test' },
} as const

/** `meterai stamp`: one PDF, one stamp; a repeat goes on where an earlier one ended. */
export const stampCommand: Command = {
  name: 'stamp',
  usage: `meterai stamp FILE.pdf --type TYPE [-o OUT.pdf] [--page N|last] [--at X,Y] [--size ${stampSidePoints.usual}]`,
  says: 'cli.help.stamp',
  options: {
    ...orderOptions,
    tag: { type: 'string', value: 'TAG', says: 'cli.option.stampTag' },
    additional: { type: 'boolean', says: 'cli.option.additional' },
    ...copyOptions,
  },
  run: stampFile,
}

type Work = {
  context: CommandContext
  server: Server & { key: string }
  path: string
  original: Uint8Array
  order: StampOrder
  additional: boolean
  force: boolean
  /** As given with -o. */
  output: string | undefined
  password: string | undefined
}

async function stampFile(given: Arguments, context: CommandContext): Promise<Outcome> {
  const path = onlyWord(given, stampCommand)
  const order = readOrder(given, path)
  const password = await givenPassword(given.text('password-file'), context.environment)
  const read = await readPdf(path)
  if (!read.ok)
    return refusedOutcome(context.screen, {
      code: 'file_too_large',
      values: { bytes: read.size, bytesMax: pdfBytesMax },
    })
  const output = given.text('output')
  if (output !== undefined) await refuseSameFile(path, output)
  const { key, ...server } = await openServer(context, { key: 'needed', test: given.flag('test') })
  if (key === undefined) throw new Error('a server for a key has none')
  const [additional, force] = [given.flag('additional'), given.flag('force')]
  return stampBytes({
    context,
    server: { ...server, key },
    path,
    original: read.bytes,
    order,
    additional,
    force,
    output,
    password,
  })
}

async function stampBytes(work: Work): Promise<Outcome> {
  const { context, server, path, original, order, additional, force } = work
  const { screen } = context
  const sourceSha256 = digestOf(original, nodePrimitives)
  const notes = openBegunStamps(stateFolder(context.environment, context.workingFolder))
  const name = { url: server.url, key: server.key, sourceSha256, additional }
  const orderText = JSON.stringify(order)
  const earlier = await notes.read(name)
  const begun = earlier?.order === orderText ? earlier : undefined
  if (begun !== undefined) screen.tell('cli.progress.resuming')
  const chosen = await chooseOutput(work, begun, sourceSha256)
  if (!chosen.ok) return alreadyStamped(work, chosen.refusal)
  const { output } = chosen
  const outcome = await affixWithPassword(work, {
    idempotencyKey: begun?.idempotencyKey ?? randomUUID(),
    remember: (note) => notes.write(name, { ...note, order: orderText, output: resolve(output) }),
  })
  if (!outcome.ok) {
    // What may pass keeps its note: the same command goes on with the same key.
    if (!errorList[outcome.refusal.code].mayRetry) await notes.remove(name)
    return outcome.refusal.code === 'already_stamped'
      ? alreadyStamped(work, outcome.refusal)
      : refusedOutcome(screen, outcome.refusal)
  }
  await writeWhole(output, [original, outcome.tail], force)
  await notes.remove(name)
  const { affixing } = outcome
  const { recipe, serial, digest, id } = affixing
  screen.say('cli.stamped', { path: output })
  screen.say('cli.stamped.serial', { serial })
  if (recipe.specimen) screen.say('cli.stamped.specimen')
  screen.tell('cli.stamped.verify', { path: shellWord(output) })
  const { specimen, placement } = recipe
  return { exitCode: 0, json: { ok: true, file: path, output, serial, affixingId: id, digest, specimen, placement } }
}

/** Where the copy goes. What stands in the way is found before anything is spent. */
async function chooseOutput(
  work: Work,
  begun: BegunStamp | undefined,
  sourceSha256: string,
): Promise<{ ok: true; output: string } | { ok: false; refusal: Refusal }> {
  const { path, additional, force } = work
  if (begun !== undefined) return { ok: true, output: work.output ?? begun.output }
  if (work.output === undefined && additional && !force) return { ok: true, output: await freeStampedName(path) }
  const output = work.output ?? stampedName(path)
  if (force || !(await exists(output))) return { ok: true, output }
  // The usual reason is that the document has its stamp already; then that is what people want to hear.
  const listed = additional ? undefined : await listAffixed(work.server, sourceSha256)
  if (listed?.ok === false) return listed
  const [stamped] = listed?.affixings ?? []
  if (stamped !== undefined)
    return {
      ok: false,
      refusal: { code: 'already_stamped', values: { serial: stamped.serial, affixingId: stamped.id } },
    }
  throw new Stopped('cli.file.exists', { path: output }, localExits.outputFailed)
}

async function affixWithPassword(
  work: Work,
  key: Pick<AffixOrder, 'idempotencyKey' | 'remember'>,
): Promise<AffixOutcome> {
  const { context, server, original, order, additional } = work
  const affix = (password: string | undefined) =>
    affixDocument({
      verifySignatures: (bytes) => heldSignatures(bytes, nodePrimitives),
      ...server,
      ...key,
      original,
      password,
      facts: order.facts,
      placement: (document) => choosePlace(order, document),
      additional,
      primitives: nodePrimitives,
      onProgress: (progress) => tellProgress(context.screen, progress),
    })
  const outcome = await affix(work.password)
  if (outcome.ok || outcome.refusal.code !== 'password_needed' || work.password !== undefined) return outcome
  const typed = await askPassword(context.terminal, () => context.screen.tell('cli.password.ask'))
  return typed === undefined ? outcome : affix(typed)
}

function alreadyStamped({ context, path, order }: Work, refusal: Refusal): Outcome {
  const { screen } = context
  const outcome = refusedOutcome(screen, refusal)
  if (refusal.code !== 'already_stamped') return outcome
  screen.tell('cli.stamped.rebuild', { path: shellWord(path) })
  screen.tell('cli.stamped.additional', { path: shellWord(path), type: order.facts.documentType })
  return outcome
}

function tellProgress(screen: Screen, progress: Progress): void {
  switch (progress.step) {
    case 'checked':
      screen.tell('cli.progress.checked', { pages: progress.document.pages.length })
      for (const warning of [...progress.document.warnings, ...progress.under]) screen.tell(`cli.warning.${warning}`)
      return
    case 'reserving':
      return screen.tell('cli.progress.reserving')
    case 'placing':
      return screen.tell('cli.progress.placing', { serial: progress.affixing.serial })
    case 'signing':
      return screen.tell('cli.progress.signing')
    case 'waiting':
      return screen.tell('cli.progress.waiting', { seconds: progress.seconds })
    case 'embedding':
      return
  }
}

/** A path as a shell takes it back: quoted where it needs it. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
