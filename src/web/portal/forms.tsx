import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorList, RefusedError, type ErrorCode, type Refusal } from '../../errors.ts'
import type { Database } from '../../database/database.ts'
import { giveFormKeyBack, takeFormKey } from '../../identity/form-keys.ts'
import { formBytesMax } from '../../limits/traffic.ts'
import { refuseForeignPage } from '../own-page.ts'
import { refusalOf } from '../problems.ts'
import { rateLimitsOf } from '../rate-limits.ts'
import { sessionDoorOf } from '../session-door.ts'
import { ErrorSummary, FormKey } from './components/field.tsx'
import { contextOf, refusalText, sayIn, type PageContext, type PageParts, type Say } from './page-context.ts'
import type { PageBody } from './page.tsx'
import { scriptPaths, type ScriptName } from './scripts.ts'
import { sendPage } from './send-page.ts'

// A form is sent to the address it came from. What goes through leads on with 303, so that a reload sends nothing again; what is refused
// comes back as the same page with what was typed and what is wrong. Each carries a key that acts once.

/** What a form brought. `one` is empty where there is no such field. */
export type Fields = { one(name: string): string; all(name: string): readonly string[]; file?: Buffer | undefined }

/** Why a form comes back: `field` is the name (and id) of the input it is about; `later` where nothing was typed wrong, and the same may go through later. */
export type FormError = { field?: string; says: string; later?: boolean }

/** A page that comes back: what was typed, and what is wrong with it. */
export type Again = { fields: Fields; errors: readonly FormError[] }

/** One request for a page, with words in its language. */
export type Visit = { request: FastifyRequest; reply: FastifyReply; context: PageContext; say: Say }

/** Where the person goes on after an act, or what is wrong. */
export type Acted = { to: string } | { errors: readonly FormError[] }

/** A page with a form. `enter` learns who is there; where it answered by itself (to sign in first) it returns undefined. */
export type FormPage<Who> = {
  path: string
  enter(request: FastifyRequest, reply: FastifyReply): Promise<Who | undefined>
  show(visit: Visit, who: Who, again?: Again): Promise<PageBody | { to: string }>
  act(visit: Visit, who: Who, fields: Fields): Promise<Acted>
  /** Where a form leads that came a second time: its act is done. By default the page itself. */
  repeated?: string
  /**
   * The form brings a file of at most so many bytes; without this it brings none. `isTheirs` is asked before anything of it is read, as the form's
   * token comes with the file: whether whoever sends it may come in at all; where it answered by itself it says no.
   */
  file?: { bytesMax: number; isTheirs(request: FastifyRequest, reply: FastifyReply): Promise<boolean> }
}

const hidden = { schema: { hide: true } } as const
/** No field beside a file is longer. */
const fieldBytesMax = 1024

/** Takes forms as browsers send them; their bytes are bounded. For the scope of pages alone: the API takes none. */
export function acceptForms(app: FastifyInstance): void {
  const parser = { parseAs: 'string', bodyLimit: formBytesMax } as const
  app.addContentTypeParser('application/x-www-form-urlencoded', parser, (_, body, done) => {
    const names = new URLSearchParams(typeof body === 'string' ? body : '')
    const valuesOf = (name: string) => {
      const all = names.getAll(name)
      return [name, all.length === 1 ? all[0] : all] as const
    }
    done(null, Object.fromEntries([...new Set(names.keys())].map(valuesOf)))
  })
}

/** The fields of a form that came. */
export function fieldsOf(request: FastifyRequest): Fields {
  const { body } = request
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const values = new Map(
    entries.map(([name, value]) => [name, [value].flat().filter((one) => typeof one === 'string')]),
  )
  return {
    one: (name) => values.get(name)?.[0] ?? '',
    all: (name) => values.get(name) ?? [],
    file: filesOf.get(request),
  }
}

const filesOf = new WeakMap<FastifyRequest, Buffer>()

/** Reads a form with one small file whole. Its other fields are there for the session's door before anything is done with the file. */
async function readParts(request: FastifyRequest, fileBytesMax: number): Promise<void> {
  const fields: Record<string, string> = {}
  const limits = { fileSize: fileBytesMax, fieldSize: fieldBytesMax, fields: 10, files: 1, parts: 11 }
  for await (const part of request.parts({ limits }))
    if (part.type === 'file') filesOf.set(request, await part.toBuffer())
    else if (typeof part.value === 'string') fields[part.fieldname] = part.value
  request.body = fields
}

/** For pages of everyone: refuses what another site's page makes a browser send. */
export async function anyone(request: FastifyRequest): Promise<object> {
  if (request.method === 'POST') {
    refuseForeignPage(request)
    sessionDoorOf(request)?.proveOrigin(request)
    rateLimitsOf(request)?.countStranger(request)
  }
  return {}
}

/** Does what a form asks for once: undefined where this very form has acted already. A refused act may be asked for again. */
export async function actOnce<T>(database: Database, fields: Fields, act: () => Promise<T>): Promise<T | undefined> {
  const key = fields.one('formKey')
  if (!/^[0-9a-f-]{36}$/.test(key)) throw new RefusedError({ code: 'csrf_refused' })
  if (!(await takeFormKey(database, key))) return undefined
  try {
    const acted = await act()
    if (typeof acted === 'object' && acted !== null && 'errors' in acted) await giveFormKeyBack(database, key)
    return acted
  } catch (error) {
    if (error instanceof RefusedError) await giveFormKeyBack(database, key)
    throw error
  }
}

/** What every form carries: its one-time key, and where somebody is signed in the token that only our own pages know. */
export function FormGuard({ context }: { context: PageContext }) {
  const token = context.visitor?.csrfToken
  return (
    <>
      <FormKey value={randomUUID()} />
      {token === undefined ? null : <input type="hidden" name="csrf" value={token} />}
    </>
  )
}

/** What is wrong on this page, above everything else. */
export function Wrongs({ say, again }: { say: Say; again: Again | undefined }) {
  const errors = again?.errors ?? []
  const heading = errors.every(({ later }) => later) ? 'forms.laterHeading' : 'forms.wrongHeading'
  return <ErrorSummary title={say(heading)} errors={errors} />
}

/** The error of one field, as its component takes it. */
export function wrongOf(again: Again | undefined, field: string): { error?: string } {
  const error = again?.errors.find((one) => one.field === field)
  return error === undefined ? {} : { error: error.says }
}

/** The field that a refusal is about, where it is one that people fill in. */
const fieldOf: Partial<Record<ErrorCode, string>> = {
  sign_in_failed: 'password',
  password_weak: 'newPassword',
  receiver_malformed: 'contact',
  contact_taken: 'contact',
  code_wrong: 'code',
  code_expired: 'code',
  totp_needed: 'totp',
  authenticator_wrong: 'totp',
  pin_weak: 'newPin',
  pin_wrong: 'pin',
  pin_locked: 'pin',
  pin_not_set: 'pin',
  photo_unusable: 'photo',
  paper_unusable: 'paper',
  body_too_large: 'photo',
  webhook_url_refused: 'url',
  order_too_large: 'jumlah',
  qris_too_large: 'pay',
  bank_unavailable: 'pay',
  gateway_refused: 'pay',
  refund_exceeds_quota: 'quantity',
}

/** A refusal as a form tells it. */
export function formErrorOf(say: Say, refusal: Refusal): FormError {
  const field = fieldOf[refusal.code]
  const later = errorList[refusal.code].mayRetry
  return { ...(field === undefined ? {} : { field }), says: refusalText(say, refusal), later }
}

/** The scripts of a page: what every page is better with, and its own. */
export async function scriptsOf(...names: readonly ScriptName[]): Promise<string[]> {
  const paths = await scriptPaths()
  return ['portal.js' as const, ...names].map((name) => paths.script(name))
}

/** A page with a form at its path: GET shows it, POST acts. */
export function formRoute<Who>(
  app: FastifyInstance,
  parts: PageParts & { database: Database },
  page: FormPage<Who>,
): void {
  async function visitOf(request: FastifyRequest, reply: FastifyReply): Promise<Visit> {
    const context = await contextOf(request, parts)
    return { request, reply, context, say: sayIn(context.language) }
  }

  async function shown(visit: Visit, who: Who, again?: Again): Promise<FastifyReply> {
    const body = await page.show(visit, who, again)
    if ('to' in body) return visit.reply.redirect(body.to, 303)
    if (again !== undefined) void visit.reply.code(422)
    const scripts = body.scripts ?? (await scriptsOf())
    return sendPage(visit.reply, visit.context, { isPrivate: true, ...body, scripts })
  }

  app.get(page.path, hidden, async (request, reply) => {
    const who = await page.enter(request, reply)
    return who === undefined ? reply : shown(await visitOf(request, reply), who)
  })

  const bounds = page.file === undefined ? {} : { bodyLimit: page.file.bytesMax + formBytesMax }
  app.post(page.path, { ...hidden, ...bounds }, async (request, reply) => {
    if (page.file !== undefined) {
      refuseForeignPage(request)
      if (!(await page.file.isTheirs(request, reply))) return reply
    }
    const unread = await readFile(request)
    const who = await page.enter(request, reply)
    if (who === undefined) return reply
    const visit = await visitOf(request, reply)
    const fields = fieldsOf(request)
    try {
      if (unread !== undefined) throw unread
      const acted = await actOnce(parts.database, fields, () => page.act(visit, who, fields))
      if (acted !== undefined && 'errors' in acted) return await shown(visit, who, { fields, errors: acted.errors })
      return await reply.redirect(acted?.to ?? page.repeated ?? request.url, 303)
    } catch (error) {
      const refusal = refusalOf(error)
      if (unshown.some((code) => code === refusal.code)) throw error
      request.log.info({ code: refusal.code }, 'refused')
      return shown(visit, who, { fields, errors: [formErrorOf(visit.say, refusal)] })
    }
  })

  /** A file that is too large leaves its form standing: what went wrong is told beside the field. */
  async function readFile(request: FastifyRequest): Promise<unknown> {
    if (page.file === undefined || !request.isMultipart()) return undefined
    try {
      await readParts(request, page.file.bytesMax)
      return undefined
    } catch (error) {
      return error
    }
  }
}

/** Refusals that no form of ours brings about: they have a page of their own. */
const unshown: readonly ErrorCode[] = ['internal', 'csrf_refused', 'not_found', 'not_allowed', 'session_needed']
