import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { settingList, type Setting, settings, type Value } from './settings.ts'

// Everything the surroundings can tell the service. Only main.ts reads this; everything else gets what it needs handed in.

/** The configuration, complete and frozen. What is undefined was not set and has no default. */
export type Config = Readonly<{
  port: number
  listen: string
  /** False in demo mode means a banner on every page: others may reach what signs specimens for everybody. */
  loopbackOnly: boolean
  mode: 'demo' | 'production'
  /** Absolute. */
  dataFolder: string
  /** Undefined: the embedded database. */
  databaseUrl: string | undefined
  databaseOwnerUrl: string | undefined
  /** Without a slash at the end. */
  publicUrl: string
  /** Whether `publicUrl` was set; with PORT=0 it is known only after listening. */
  publicUrlGiven: boolean
  serverUrl: string | undefined
  key: string | undefined
  /** file: URL of a folder. */
  blobUrl: string
  signerUrl: string | undefined
  /** Undefined: the development authority. */
  timestampUrls: readonly string[] | undefined
  keyAlgorithm: 'ec-p256' | 'rsa-2048' | 'rsa-3072'
  logLevel: Value<typeof settings.logLevel>
  /** Collector of traces, without a slash at the end; undefined: nothing is traced. */
  otlpUrl: string | undefined
  /** Absolute path; undefined: our own drawing. */
  artworkPath: string | undefined
  webhookTargets: 'public' | 'any'
  /** Who takes the money, and by which keys. */
  payments: Readonly<{
    gateway: Value<typeof settings.gateway>
    midtransKey: string | undefined
    midtransUrl: string
    xenditKey: string | undefined
    xenditCallbackToken: string | undefined
    xenditUrl: string
    qrisMinutes: number
    accountHours: number
  }>
  /** Undefined: nobody's word is taken for who calls. */
  proxies: readonly string[] | undefined
  /** Where messages go; what is undefined is simulated, in demo mode. */
  messages: Readonly<{
    smtpUrl: string | undefined
    mailFrom: string | undefined
    smsUrl: string | undefined
    smsKey: string | undefined
    whatsappUrl: string | undefined
    whatsappKey: string | undefined
  }>
  /** One-time codes by SMS in a day of Jakarta. */
  smsDaily: number
  location: string
  /** Absolute. */
  stateFolder: string
  /** How people reach help, as every page shows it; what is undefined is not shown. */
  help: Readonly<{ whatsapp: string | undefined; phone: string | undefined; email: string | undefined }>
}>

/** The configuration cannot be used; the message lists every mistake, one per line, each with the way out. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(
      [
        'The configuration cannot be used:',
        ...mistakes.map((mistake) => `- ${mistake}`),
        'docs/operate.md describes every variable.',
      ].join('\n'),
    )
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

/** Insertions, deletions and replacements of one letter between two names (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

function nearestName(unknown: string): string {
  const byDistance = settingList.map(({ name }) => ({ name, far: distance(unknown, name) }))
  return byDistance.toSorted((a, b) => a.far - b.far)[0]?.name ?? ''
}

type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable is an unset one: compose files cannot leave one out. */
const valueOf = (environment: Environment, name: string): string | undefined => environment[name]?.trim() || undefined

function reader(environment: Environment, mistakes: string[]) {
  function optional<T>(setting: Setting<T>): T | undefined {
    const given = valueOf(environment, setting.name)
    if (given === undefined) return undefined
    const parsed = setting.parse(given)
    if (parsed.ok) return parsed.value
    mistakes.push(
      `${setting.name} is ${setting.secret === true ? 'set' : JSON.stringify(given)}; it must be ${parsed.wanted}, for example ${setting.example}`,
    )
    return undefined
  }
  function complete<T>(setting: Setting<T>): T {
    const given = optional(setting)
    if (given !== undefined) return given
    const parsed = setting.parse(setting.default)
    if (!parsed.ok) throw new Error(`the default of ${setting.name} is not ${parsed.wanted}`)
    return parsed.value
  }
  return { optional, complete }
}

/** What production lacks: design section 7; nothing of the demo may stand in for it. */
function productionGaps(config: Config): string[] {
  const gaps: string[] = []
  const missing = (name: string, why: string) => gaps.push(`${name} is missing; production needs ${why}`)
  if (config.databaseUrl === undefined) missing('DATABASE_URL', 'a PostgreSQL of its own, as the service')
  if (config.databaseOwnerUrl === undefined)
    missing('DATABASE_OWNER_URL', 'the same database as the owner of the schema, for migrations')
  if (config.databaseUrl !== undefined && config.databaseUrl === config.databaseOwnerUrl)
    gaps.push(
      'DATABASE_URL and DATABASE_OWNER_URL are the same; the service must not own the ledger: give it a login of its own, a member of meterai_service',
    )
  if (!config.publicUrlGiven) missing('METERAI_PUBLIC_URL', 'the https address people reach it at')
  else if (!config.publicUrl.startsWith('https:'))
    gaps.push(`METERAI_PUBLIC_URL is "${config.publicUrl}"; production needs https`)
  if (config.webhookTargets === 'any')
    gaps.push(
      'METERAI_WEBHOOK_TARGETS is "any"; production needs "public": webhooks must not reach into your own network',
    )
  if (config.payments.gateway === 'simulator')
    gaps.push('METERAI_GATEWAY is "simulator"; production needs midtrans or xendit: nobody may pay with play money')
  if (config.timestampUrls === undefined)
    missing('METERAI_TIMESTAMP_URL', 'a timestamp authority of its own: the development authority is for the demo')
  const { smtpUrl, mailFrom, smsUrl, whatsappUrl } = config.messages
  if (smtpUrl === undefined) missing('METERAI_SMTP_URL', 'a mail server for codes and notices')
  if (mailFrom === undefined) missing('METERAI_MAIL_FROM', 'an address that mails come from')
  for (const [name, url, what] of [
    ['METERAI_SMS_URL', smsUrl, 'SMS'],
    ['METERAI_WHATSAPP_URL', whatsappUrl, 'WhatsApp'],
  ] as const) {
    if (url === undefined) missing(name, `a gateway for ${what}`)
    else if (!url.startsWith('https:')) gaps.push(`${name} is "${url}"; production needs https: codes pass through it`)
  }
  if (config.signerUrl === undefined)
    missing('SIGNER_URL', "an issuer's signer, which this version cannot use yet: run METERAI_MODE=demo")
  return gaps
}

/** The gateway that is wanted needs its keys, in the demo too. */
function gatewayGaps({ payments }: Config): string[] {
  const missing = (name: string) => `${name} is missing; METERAI_GATEWAY=${payments.gateway} needs it`
  if (payments.gateway === 'midtrans')
    return payments.midtransKey === undefined ? [missing('METERAI_MIDTRANS_KEY')] : []
  if (payments.gateway !== 'xendit') return []
  return [
    ...(payments.xenditKey === undefined ? [missing('METERAI_XENDIT_KEY')] : []),
    ...(payments.xenditCallbackToken === undefined ? [missing('METERAI_XENDIT_CALLBACK_TOKEN')] : []),
  ]
}

/** Where the installation lies: the folder of package.json. */
const installation = fileURLToPath(new URL('..', import.meta.url))

function isLoopback(listen: string): boolean {
  return listen === 'localhost' || listen === '::1' || (isIP(listen) === 4 && listen.startsWith('127.'))
}

/**
 * Reads the configuration. `serve` also asks what a start in production needs; `command` is for commands that start
 * nothing. Throws ConfigError with every mistake at once: unusable values, unknown METERAI_ names, what production lacks.
 */
export function readConfig(environment: Environment, purpose: 'serve' | 'command' = 'command'): Config {
  const mistakes: string[] = []
  const known = new Set(settingList.map(({ name }) => name))
  for (const name of Object.keys(environment).toSorted())
    if (name.startsWith('METERAI_') && !known.has(name))
      mistakes.push(`${name} is unknown; did you mean ${nearestName(name)}?`)

  const { optional, complete } = reader(environment, mistakes)
  const port = complete(settings.port)
  const listen = complete(settings.listen)
  const given = optional(settings.dataFolder)
  const dataFolder = given === undefined ? resolve(installation, settings.dataFolder.default) : resolve(given)
  const publicUrl = optional(settings.publicUrl)
  const stateHome =
    valueOf(environment, 'XDG_STATE_HOME') ?? resolve(valueOf(environment, 'HOME') ?? homedir(), '.local/state')
  const artwork = optional(settings.artwork)
  const config: Config = Object.freeze({
    port,
    listen,
    loopbackOnly: isLoopback(listen),
    mode: complete(settings.mode),
    dataFolder,
    databaseUrl: optional(settings.databaseUrl),
    databaseOwnerUrl: optional(settings.databaseOwnerUrl),
    publicUrl: publicUrl ?? `http://localhost:${port}`,
    publicUrlGiven: publicUrl !== undefined,
    serverUrl: optional(settings.serverUrl),
    key: optional(settings.key),
    blobUrl: optional(settings.blobUrl) ?? pathToFileURL(resolve(dataFolder, 'blobs')).href,
    signerUrl: optional(settings.signerUrl),
    timestampUrls: optional(settings.timestampUrls),
    keyAlgorithm: complete(settings.keyAlgorithm),
    logLevel: complete(settings.logLevel),
    otlpUrl: optional(settings.otlpUrl) ?? optional(settings.otelUrl),
    artworkPath: artwork === undefined ? undefined : resolve(artwork),
    webhookTargets: complete(settings.webhookTargets),
    payments: Object.freeze({
      gateway: complete(settings.gateway),
      midtransKey: optional(settings.midtransKey),
      midtransUrl: complete(settings.midtransUrl),
      xenditKey: optional(settings.xenditKey),
      xenditCallbackToken: optional(settings.xenditCallbackToken),
      xenditUrl: complete(settings.xenditUrl),
      qrisMinutes: complete(settings.qrisMinutes),
      accountHours: complete(settings.accountHours),
    }),
    proxies: optional(settings.proxies),
    messages: {
      smtpUrl: optional(settings.smtpUrl),
      mailFrom: optional(settings.mailFrom),
      smsUrl: optional(settings.smsUrl),
      smsKey: optional(settings.smsKey),
      whatsappUrl: optional(settings.whatsappUrl),
      whatsappKey: optional(settings.whatsappKey),
    },
    smsDaily: complete(settings.smsDaily),
    location: complete(settings.location),
    stateFolder: resolve(optional(settings.stateFolder) ?? resolve(stateHome, 'meterai')),
    help: {
      whatsapp: optional(settings.helpWhatsapp),
      phone: optional(settings.helpPhone),
      email: optional(settings.helpEmail),
    },
  })
  mistakes.push(...gatewayGaps(config))
  if (config.databaseUrl === undefined && config.databaseOwnerUrl !== undefined)
    mistakes.push('DATABASE_OWNER_URL is set without DATABASE_URL; set both, or neither for the embedded database')
  if (config.messages.smtpUrl !== undefined && config.messages.mailFrom === undefined)
    mistakes.push('METERAI_MAIL_FROM is missing; METERAI_SMTP_URL is set, so name the address that mails come from')
  if (purpose === 'serve' && config.mode === 'production') {
    // A variable that is set but unusable has been named already.
    const told = (gap: string) => mistakes.some((mistake) => mistake.split(' ', 1)[0] === gap.split(' ', 1)[0])
    mistakes.push(...productionGaps(config).filter((gap) => !told(gap)))
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return config
}
