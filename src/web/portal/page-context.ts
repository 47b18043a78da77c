import type { FastifyRequest } from 'fastify'
import { parseCookie } from 'cookie'
import { isTextKey, languages, text, type Language, type TextKey, type TextValues } from '../../base/text.ts'
import type { ErrorCode, Refusal } from '../../errors.ts'
import { languageOf } from '../problems.ts'

/** Looks texts up in one language. */
export type Say = (key: TextKey, values?: TextValues) => string

/** How people reach somebody; what is not configured is left out. */
export type HelpContacts = { whatsapp?: string; phone?: string; email?: string }

/** What every page of this service shares. */
export type Site = {
  demo: boolean
  /** Demo mode that others can reach: the band on every page says it louder. */
  openToOthers: boolean
  version: string
  help: HelpContacts
  /** Where people sign in; undefined where nobody can yet. */
  signInPath?: string
}

/**
 * Who looks at the page, where that is known: `quota` in stamps, `name` as the header shows it, `csrfToken` for their forms. `demoPin`: of
 * the demo's own person, who has to be told it.
 */
export type Visitor = { name?: string; quota?: number; homePath?: string; csrfToken?: string; demoPin?: string }

/** What every page of one request shares. */
export type PageContext = Site & {
  language: Language
  /** Whether the address itself names the language; then links carry it on. */
  languageInAddress: boolean
  /** Path of this page, without a query. */
  path: string
  /** The rest of its address, but for the language: `cari=sewa&`; empty where there is nothing. */
  query?: string
  visitor: Visitor | undefined
}

/** The site, and a way to learn who visits. */
export type PageParts = Site & { visitorOf?(request: FastifyRequest): Promise<Visitor | undefined> }

/** Cookie that remembers the language somebody chose, and for how long: a year. */
export const languageCookie = { name: 'bahasa', seconds: 365 * 24 * 60 * 60 } as const

/** A path of ours in the page's language. */
export function linkTo(context: PageContext, path: string): string {
  return context.languageInAddress ? `${path}?bahasa=${context.language}` : path
}

/** A path of ours with a query, in the page's language; what is undefined is left out. */
export function linkWith(
  context: PageContext,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const all = new URLSearchParams(given)
  if (context.languageInAddress) all.set('bahasa', context.language)
  return all.size === 0 ? path : `${path}?${all.toString()}`
}

/** Words for one language. */
export function sayIn(language: Language): Say {
  return (key, values) => text(language, key, values)
}

/** The text of a refusal on pages: `pageErrors.` where the one for programs (`errors.`) names keys, headers or calls. */
export function refusalKey(code: ErrorCode): TextKey {
  const own = `pageErrors.${code}`
  return isTextKey(own) ? own : `errors.${code}`
}

/** Why something was refused, for people. */
export function refusalText(say: Say, { code, values }: Refusal): string {
  return say(refusalKey(code), values)
}

/** Looks who asks and in which language: the address says it first, then the cookie, then the browser. */
export async function contextOf(request: FastifyRequest, parts: PageParts): Promise<PageContext> {
  return { ...plainContext(request, parts), visitor: await parts.visitorOf?.(request) }
}

/** The same without asking who visits: for pages that must stand when nothing else does. */
export function plainContext(request: FastifyRequest, site: Site): PageContext {
  const { demo, openToOthers, version, help, signInPath } = site
  const inAddress = languageNamed(queryOf(request, 'bahasa') ?? queryOf(request, 'lang'))
  const [path = '/', search = ''] = request.url.split('?', 2)
  return {
    demo,
    openToOthers,
    version,
    help,
    ...(signInPath === undefined ? {} : { signInPath }),
    language: inAddress ?? languageNamed(cookieOf(request, languageCookie.name)) ?? languageOf(request),
    languageInAddress: inAddress !== undefined,
    path,
    query: queryWithoutLanguage(search),
    visitor: undefined,
  }
}

function queryWithoutLanguage(search: string): string {
  const query = new URLSearchParams(search)
  for (const name of ['bahasa', 'lang']) query.delete(name)
  return query.size === 0 ? '' : `${query.toString()}&`
}

const languageNamed = (name: string | undefined) => languages.find((language) => language === name)

function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers
  return cookie === undefined ? undefined : parseCookie(cookie)[name]
}

/** A parameter of the address; undefined where it is missing, the first where it is repeated. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const { query } = request
  if (typeof query !== 'object' || query === null) return undefined
  const value: unknown = Object.entries(query).find(([key]) => key === name)?.[1]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
