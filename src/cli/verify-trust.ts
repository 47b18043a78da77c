import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { nodePrimitives } from '../base/primitives-node.ts'
import { AnswerError, isObject } from '../client/json-fields.ts'
import { fetchTrustBundle } from '../client/registry.ts'
import { proveTrustBundle, type ProvenBundle } from '../client/trust-bundle.ts'
import type { Refusal } from '../errors.ts'
import { stateFolder } from './begun-stamps.ts'
import type { CommandContext } from './command.ts'
import { openServer, type Server } from './connection.ts'
import { localExits, Stopped } from './outcome.ts'
import { systemCode, writePrivate } from './pdf-file.ts'

/** The largest bundle that is read: revocation lists of a state authority have a few MB. */
const bundleBytesMax = 64 * 1024 * 1024

/** What a check goes by: `server` is asked about numbers; without `bundle` no signature can be told from a foreign one. */
export type VerifyTrust = { server?: Server; bundle?: ProvenBundle; refusal?: Refusal }

/** The service's own bundle, fetched now. A service that nobody named counts as not reached and is told. */
export async function onlineTrust(context: CommandContext): Promise<VerifyTrust> {
  const server = await publicServer(context)
  if (server === undefined) return {}
  const fetched = await fetchTrustBundle(server, nodePrimitives)
  if (!fetched.ok) return { server, refusal: fetched.refusal }
  const known = await readAnchors(context)
  const { anchor } = fetched.bundle
  const before = known[server.url]
  if (before !== anchor) {
    if (before !== undefined) context.screen.tell('cli.bundle.changed', { service: server.url, fingerprint: anchor })
    await rememberAnchor(context, { service: server.url, anchor })
  }
  return { server, bundle: fetched.bundle }
}

/** A service that nobody named only counts as not reached: the file alone still proves something. */
async function publicServer(context: CommandContext): Promise<Server | undefined> {
  try {
    return { ...(await openServer(context, { key: 'none' })), sends: 2 }
  } catch (error) {
    if (!(error instanceof Stopped) || error.key !== 'cli.server.none') throw error
    context.screen.tell(error.key, error.values)
    return undefined
  }
}

/**
 * The bundle in a file. It proves itself by its own root; that the root is the right one, the first meeting with the service
 * tells, online or offline, as it does for SSH (docs/decisions). Throws Stopped for a bundle that is none, or of another root.
 */
export async function offlineTrust(
  path: string,
  context: CommandContext,
): Promise<VerifyTrust & { bundle: ProvenBundle }> {
  const { screen } = context
  const bundle = await readBundle(path)
  const { service, anchor, issuedAt, validUntil } = bundle
  const known = (await readAnchors(context))[service]
  if (known !== undefined && known !== anchor)
    throw new Stopped('cli.bundle.otherRoot', { path, service, fingerprint: anchor }, localExits.dataWrong)
  if (known === undefined) {
    screen.tell('cli.bundle.first', { service, fingerprint: anchor })
    await rememberAnchor(context, { service, anchor })
  }
  const dates = { issuedAt: issuedAt.toISOString(), validUntil: validUntil.toISOString() }
  if (validUntil.getTime() < Date.now()) screen.tell('cli.bundle.old', dates)
  screen.tell('cli.offline.can', { service, ...dates })
  screen.tell('cli.offline.cannot')
  return { bundle }
}

async function readBundle(path: string): Promise<ProvenBundle> {
  const text = await readText(path)
  try {
    return proveTrustBundle(parsed(text), nodePrimitives)
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    throw new Stopped('cli.bundle.unusable', { path, detail: error.what }, localExits.dataWrong)
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size <= bundleBytesMax) return await readFile(path, 'utf8')
    const detail = `${size} > ${bundleBytesMax} B`
    throw new Stopped('cli.bundle.unusable', { path, detail }, localExits.dataWrong)
  } catch (error) {
    if (error instanceof Stopped) throw error
    throw new Stopped('cli.file.unreadable', { path, reason: systemCode(error) }, localExits.inputMissing)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AnswerError('it is no JSON')
  }
}

const anchorsPath = ({ environment, workingFolder }: CommandContext) =>
  join(stateFolder(environment, workingFolder), 'authorities.json')

/** Fingerprints of the roots met so far, by the service's address. Unreadable notes are none: every service is new then. */
async function readAnchors(context: CommandContext): Promise<Record<string, unknown>> {
  const text = await readFile(anchorsPath(context), 'utf8').catch(() => '{}')
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

async function rememberAnchor(context: CommandContext, met: { service: string; anchor: string }): Promise<void> {
  const path = anchorsPath(context)
  const known = { ...(await readAnchors(context)), [met.service]: met.anchor }
  try {
    await writePrivate(path, `${JSON.stringify(known, null, 2)}\n`)
  } catch (error) {
    // the check itself does not need the note
    context.screen.tell('cli.bundle.unremembered', { path, reason: systemCode(error) })
  }
}
