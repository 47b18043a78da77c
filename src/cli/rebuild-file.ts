import { nodePrimitives } from '../base/primitives-node.ts'
import { listAffixed } from '../client/account.ts'
import { digestOf } from '../client/affix.ts'
import type { Affixing } from '../client/affixing-answer.ts'
import { fetchArtwork } from '../client/artwork.ts'
import { rebuildDocument, type Rebuilt } from '../client/rebuild.ts'
import { fetchAffixing } from '../client/reservation.ts'
import { pdfBytesMax } from '../limits/stamping.ts'
import type { Artwork } from '../stamp/picture/artwork.ts'
import { onlyWord, type Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { openServer } from './connection.ts'
import { badUsage, localExits, refusedOutcome, Stopped, type Outcome } from './outcome.ts'
import { nameForCopy, readPdf, refuseSameFile, stampedName, writeWhole } from './pdf-file.ts'
import { askPassword, givenPassword } from './pdf-password.ts'
import { copyOptions } from './stamp-file.ts'

/** `meterai rebuild`: the stamped copy again, from the original and what the service stored. Costs nothing. */
export const rebuildCommand: Command = {
  name: 'rebuild',
  usage: 'meterai rebuild ORIGINAL.pdf [-o OUT.pdf] [--serial S]',
  says: 'cli.help.rebuild',
  options: { serial: { type: 'string', value: 'S', says: 'cli.option.serial' }, ...copyOptions },
  run: rebuildFile,
}

async function rebuildFile(given: Arguments, context: CommandContext): Promise<Outcome> {
  const path = onlyWord(given, rebuildCommand)
  const { screen } = context
  const serial = given.text('serial')?.toUpperCase()
  if (serial !== undefined && !/^[0-9A-Z]{22}$/.test(serial)) throw badUsage('cli.usage.serial', { value: serial })
  const password = await givenPassword(given.text('password-file'), context.environment)
  const read = await readPdf(path)
  if (!read.ok)
    return refusedOutcome(screen, { code: 'file_too_large', values: { bytes: read.size, bytesMax: pdfBytesMax } })
  const named = given.text('output')
  if (named !== undefined) await refuseSameFile(path, named)
  const server = await openServer(context, { key: 'needed', test: given.flag('test') })
  const listed = await listAffixed(server, digestOf(read.bytes, nodePrimitives))
  if (!listed.ok) return refusedOutcome(screen, listed.refusal)
  const found = listed.affixings.filter((affixing) => serial === undefined || affixing.serial === serial)
  const [one, ...others] = found
  if (one === undefined)
    throw new Stopped('cli.rebuild.none', serial === undefined ? {} : { serial }, localExits.inputMissing)
  if (others.length > 0) return severalFound(context, found)
  const fetched = await fetchAffixing(server, one.id)
  if (!fetched.ok) return refusedOutcome(screen, fetched.refusal)
  const drawn = await fetchArtwork(server, fetched.affixing.recipe, nodePrimitives)
  if (!drawn.ok) return refusedOutcome(screen, drawn.refusal)
  const rebuilt = await rebuildWithPassword(context, {
    original: read.bytes,
    artwork: drawn.artwork,
    affixing: fetched.affixing,
    password,
  })
  if (!rebuilt.ok) return refusedOutcome(screen, rebuilt.refusal)
  const pieces = [read.bytes, rebuilt.tail]
  const force = given.flag('force')
  const output = named ?? (force ? stampedName(path) : await nameForCopy(path, pieces))
  await writeWhole(output, pieces, force)
  screen.say('cli.rebuilt', { path: output })
  screen.say('cli.stamped.serial', { serial: one.serial })
  if (one.recipe.specimen) screen.say('cli.stamped.specimen')
  const { digest, id, recipe } = fetched.affixing
  return {
    exitCode: 0,
    json: { ok: true, file: path, output, serial: one.serial, affixingId: id, digest, specimen: recipe.specimen },
  }
}

async function rebuildWithPassword(
  { screen, terminal }: CommandContext,
  order: { original: Uint8Array; artwork: Artwork | undefined; affixing: Affixing; password: string | undefined },
): Promise<Rebuilt> {
  const rebuilt = rebuildDocument({ ...order, primitives: nodePrimitives })
  if (rebuilt.ok || rebuilt.refusal.code !== 'password_needed' || order.password !== undefined) return rebuilt
  const password = await askPassword(terminal, () => screen.tell('cli.password.ask'))
  return password === undefined ? rebuilt : rebuildDocument({ ...order, password, primitives: nodePrimitives })
}

/** Each with what tells it from the others: its number, time and type. */
function severalFound({ screen }: CommandContext, found: readonly Affixing[]): Outcome {
  screen.tell('cli.rebuild.several', { count: found.length })
  const affixings = found.map(({ id, serial, affixedAt = '', recipe }) => ({
    id,
    serial,
    affixedAt,
    documentType: recipe.documentType,
  }))
  for (const { serial, affixedAt, documentType } of affixings) screen.line(`${serial} ${affixedAt} ${documentType}`)
  return {
    exitCode: localExits.usage,
    json: { ok: false, code: 'rebuild.several', affixings, exitCode: localExits.usage },
  }
}
