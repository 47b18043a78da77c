import { isIP } from 'node:net'
import { parseEmail } from './base/receiver.ts'
import { address, bad, good, oneOf, oneOrMore, type Parsed, wholeNumber } from './base/setting-values.ts'
import { smsPerDayMax } from './limits/people.ts'
import { proxiesMax } from './limits/traffic.ts'
import { timestampServersMax } from './limits/stamping.ts'

// Every variable that the surroundings can set. Only config.ts reads this.

/** One variable: its name, its value from text, and its row in docs/operate.md. */
export type Setting<T> = {
  name: string
  /** As the table in docs/operate.md says it; what the variable is taken for where it is not set, unless `derived`. */
  default: string
  /** The default is worked out from other variables, or there is none. */
  derived?: true
  example: string
  meaning: string
  /** Its value never appears in a message. */
  secret?: true
  parse(text: string): Parsed<T>
}

const webAddress = address('an http or https address', 'http:', 'https:')
const databaseAddress = address(
  'an address like postgres://user:password@host:5432/database',
  'postgres:',
  'postgresql:',
)
const addressRange = (value: string): Parsed<string> => {
  const [ip = '', bits] = value.split('/')
  const longest = isIP(ip) === 4 ? 32 : 128
  const inRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest)
  return isIP(ip) !== 0 && inRange ? good(value) : bad('an IP address, or a range like 10.0.0.0/8')
}
const text = (value: string): Parsed<string> => good(value)
const mailbox = (value: string): Parsed<string> => {
  const parsed = parseEmail(value)
  return parsed.ok ? good(parsed.address) : bad('an e-mail address')
}
const bearer = (value: string): Parsed<string> =>
  /^[\x21-\x7e]+$/.test(value) ? good(value) : bad('visible ASCII characters without spaces')
const phoneNumber = (value: string): Parsed<string> =>
  /^\+?[\d\s()-]{5,24}$/.test(value) ? good(value) : bad('a telephone number')

function declare<T>(setting: Setting<T>): Setting<T> {
  return setting
}

/** All of them. */
export const settings = {
  port: declare({
    name: 'PORT',
    default: '8080',
    example: '3000',
    meaning: 'Port of the portal and the API. 0 takes a free one.',
    parse: wholeNumber(0, 65_535),
  }),
  listen: declare({
    name: 'METERAI_LISTEN',
    default: '127.0.0.1',
    example: '0.0.0.0',
    meaning: 'Address to listen on. In demo mode anything but loopback puts a banner on every page.',
    parse: (value: string): Parsed<string> =>
      isIP(value) !== 0 || value === 'localhost' ? good(value) : bad('an IP address, or localhost'),
  }),
  mode: declare({
    name: 'METERAI_MODE',
    default: 'demo',
    example: 'production',
    meaning:
      'demo: demo accounts and the development authority. production: none of them; the start lists what is missing.',
    parse: oneOf('demo', 'production'),
  }),
  dataFolder: declare({
    name: 'METERAI_DATA',
    default: './data',
    example: '/srv/meterai',
    meaning:
      'Folder of the embedded database, kept documents and the specimen authority. The default lies in the installation; a relative path is taken from where the command runs.',
    parse: text,
  }),
  databaseUrl: declare({
    name: 'DATABASE_URL',
    default: 'embedded',
    derived: true,
    example: 'postgres://meterai_app:secret@db.example:5432/meterai',
    meaning: 'PostgreSQL 15 or newer, as the service: may do only what the migrations grant to meterai_service.',
    secret: true,
    parse: databaseAddress,
  }),
  databaseOwnerUrl: declare({
    name: 'DATABASE_OWNER_URL',
    default: 'embedded',
    derived: true,
    example: 'postgres://meterai_owner:secret@db.example:5432/meterai',
    meaning:
      'The same database as the owner of the schema: migrations and partitions only. Demo mode does without it, production does not.',
    secret: true,
    parse: databaseAddress,
  }),
  publicUrl: declare({
    name: 'METERAI_PUBLIC_URL',
    default: 'http://localhost:PORT',
    derived: true,
    example: 'https://meterai.example',
    meaning: "Address people reach the service at; it stands in every stamp's QR for ever. https in production.",
    parse: webAddress,
  }),
  serverUrl: declare({
    name: 'METERAI_URL',
    default: 'the demo in METERAI_DATA',
    derived: true,
    example: 'https://meterai.example',
    meaning: 'Service that the commands stamp, verify and quota talk to.',
    parse: webAddress,
  }),
  key: declare({
    name: 'METERAI_KEY',
    default: 'the demo in METERAI_DATA',
    derived: true,
    example: 'mk_test_...',
    meaning: 'API key of those commands.',
    secret: true,
    parse: (value: string): Parsed<string> =>
      /^mk_(?:live|test)_\S+$/.test(value) ? good(value) : bad('an API key, beginning with mk_live_ or mk_test_'),
  }),
  blobUrl: declare({
    name: 'BLOB_URL',
    default: 'METERAI_DATA/blobs',
    derived: true,
    example: 'file:///srv/meterai/blobs',
    meaning: 'Where documents of the server way are kept. Only folders (file:) so far.',
    parse: address('a folder like file:///srv/meterai/blobs', 'file:'),
  }),
  signerUrl: declare({
    name: 'SIGNER_URL',
    default: 'none',
    derived: true,
    example: 'none yet',
    meaning: "The issuer's signer for real stamps. This version brings none: every signer it knows makes specimens.",
    secret: true,
    parse: (): Parsed<string> => bad("nothing: this version cannot use an issuer's signer yet; unset it"),
  }),
  timestampUrls: declare({
    name: 'METERAI_TIMESTAMP_URL',
    default: 'the development authority',
    derived: true,
    example: 'https://tsa.example/rfc3161 https://tsa2.example',
    meaning:
      'Timestamp authority (RFC 3161) for signatures; after a space a second one, asked where the first is late or down. Production needs one of its own.',
    parse: oneOrMore(webAddress, timestampServersMax),
  }),
  keyAlgorithm: declare({
    name: 'METERAI_KEY_ALGORITHM',
    default: 'ec-p256',
    example: 'rsa-2048',
    meaning: "Algorithm of the specimen authority's keys, at the first start.",
    parse: oneOf('ec-p256', 'rsa-2048', 'rsa-3072'),
  }),
  logLevel: declare({
    name: 'METERAI_LOG_LEVEL',
    default: 'info',
    example: 'warn',
    meaning: 'Least level of log lines: trace, debug, info, warn, error, fatal or silent.',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  otlpUrl: declare({
    name: 'METERAI_OTLP_URL',
    default: 'none',
    derived: true,
    example: 'http://localhost:4318',
    meaning: 'Collector that traces are sent to (OTLP over HTTP, JSON, at /v1/traces under this address).',
    parse: webAddress,
  }),
  otelUrl: declare({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: 'none',
    derived: true,
    example: 'http://localhost:4318',
    meaning: 'The same by the name that OpenTelemetry gave it; METERAI_OTLP_URL comes first.',
    parse: webAddress,
  }),
  artwork: declare({
    name: 'METERAI_ARTWORK',
    default: 'our own drawing',
    derived: true,
    example: '/srv/meterai/artwork.svg',
    meaning: "The issuer's artwork for new stamps: an SVG or a PDF of one page, paths in plain colours alone.",
    parse: text,
  }),
  webhookTargets: declare({
    name: 'METERAI_WEBHOOK_TARGETS',
    default: 'public',
    example: 'any',
    meaning:
      'Where webhooks may go. public: https addresses of the public Internet. any: whatever there is, for development alone.',
    parse: oneOf('public', 'any'),
  }),
  gateway: declare({
    name: 'METERAI_GATEWAY',
    default: 'simulator',
    example: 'midtrans',
    meaning:
      'Who takes the money for quota. simulator: a page that plays bank and wallet, in demo mode alone. midtrans, xendit: with the keys below.',
    parse: oneOf('simulator', 'midtrans', 'xendit'),
  }),
  midtransKey: declare({
    name: 'METERAI_MIDTRANS_KEY',
    default: 'none',
    derived: true,
    example: 'Mid-server-...',
    meaning: "Midtrans' server key.",
    secret: true,
    parse: text,
  }),
  midtransUrl: declare({
    name: 'METERAI_MIDTRANS_URL',
    default: 'https://api.midtrans.com',
    example: 'https://api.sandbox.midtrans.com',
    meaning: "Midtrans' Core API: production's, or the sandbox's.",
    parse: webAddress,
  }),
  xenditKey: declare({
    name: 'METERAI_XENDIT_KEY',
    default: 'none',
    derived: true,
    example: 'xnd_production_...',
    meaning: "Xendit's secret API key.",
    secret: true,
    parse: text,
  }),
  xenditCallbackToken: declare({
    name: 'METERAI_XENDIT_CALLBACK_TOKEN',
    default: 'none',
    derived: true,
    example: 'a long random text',
    meaning: 'The token that Xendit sends with its notifications (x-callback-token).',
    secret: true,
    parse: text,
  }),
  xenditUrl: declare({
    name: 'METERAI_XENDIT_URL',
    default: 'https://api.xendit.co',
    example: 'http://localhost:9090',
    meaning: "Xendit's API; another address for tests alone.",
    parse: webAddress,
  }),
  qrisMinutes: declare({
    name: 'METERAI_QRIS_MINUTES',
    default: '30',
    example: '15',
    meaning: 'How long an order waits for a QRIS payment.',
    parse: wholeNumber(5, 1_440),
  }),
  accountHours: declare({
    name: 'METERAI_VIRTUAL_ACCOUNT_HOURS',
    default: '24',
    example: '48',
    meaning: 'How long an order waits for a payment to its virtual account.',
    parse: wholeNumber(1, 168),
  }),
  proxies: declare({
    name: 'METERAI_PROXIES',
    default: 'none',
    derived: true,
    example: '10.0.0.0/8 192.0.2.7',
    meaning:
      "Balancers in front, as addresses or ranges: their X-Forwarded-For says who calls. Without it a balancer's private address is nobody's, and a public one is everybody's.",
    parse: oneOrMore(addressRange, proxiesMax),
  }),
  location: declare({
    name: 'METERAI_LOCATION',
    default: 'Jakarta',
    example: 'Surabaya',
    meaning: 'Place named in signatures where the caller names none.',
    parse: text,
  }),
  stateFolder: declare({
    name: 'METERAI_STATE',
    default: '$XDG_STATE_HOME/meterai',
    derived: true,
    example: '/var/lib/meterai-state',
    meaning:
      'Folder where the commands stamp, bulk and agent remember what they began; ~/.local/state/meterai where XDG_STATE_HOME is not set.',
    parse: text,
  }),
  smtpUrl: declare({
    name: 'METERAI_SMTP_URL',
    default: 'the inbox page',
    derived: true,
    example: 'smtps://user:secret@mail.example:465',
    meaning: 'Mail server for codes and notices: smtps:, or smtp: with STARTTLS. Production needs one.',
    secret: true,
    parse: address('an address like smtps://user:password@host:465', 'smtp:', 'smtps:'),
  }),
  mailFrom: declare({
    name: 'METERAI_MAIL_FROM',
    default: 'none',
    derived: true,
    example: 'meterai@meterai.example',
    meaning: 'Address that those mails come from.',
    parse: mailbox,
  }),
  smsUrl: declare({
    name: 'METERAI_SMS_URL',
    default: 'the inbox page',
    derived: true,
    example: 'https://sms.example/send',
    meaning: 'Gateway that SMS are posted to as JSON {to, text}; any 2xx is taken as sent. Production needs one.',
    parse: webAddress,
  }),
  smsKey: declare({
    name: 'METERAI_SMS_KEY',
    default: 'none',
    derived: true,
    example: 'secret',
    meaning: 'What the SMS gateway gets as Authorization: Bearer.',
    secret: true,
    parse: bearer,
  }),
  whatsappUrl: declare({
    name: 'METERAI_WHATSAPP_URL',
    default: 'the inbox page',
    derived: true,
    example: 'https://whatsapp.example/send',
    meaning: 'The same for WhatsApp. Production needs one.',
    parse: webAddress,
  }),
  whatsappKey: declare({
    name: 'METERAI_WHATSAPP_KEY',
    default: 'none',
    derived: true,
    example: 'secret',
    meaning: 'What the WhatsApp gateway gets as Authorization: Bearer.',
    secret: true,
    parse: bearer,
  }),
  smsDaily: declare({
    name: 'METERAI_SMS_DAILY',
    default: String(smsPerDayMax),
    example: '5000',
    meaning: 'One-time codes by SMS in a day of Jakarta, of the whole service; beyond it other routes are offered.',
    parse: wholeNumber(0, 100_000_000),
  }),
  pdfPassword: declare({
    name: 'METERAI_PDF_PASSWORD',
    default: 'none',
    derived: true,
    example: 'rahasia',
    meaning: 'Password of the PDF that the commands stamp and rebuild open; never kept, never sent.',
    secret: true,
    parse: text,
  }),
  helpWhatsapp: declare({
    name: 'METERAI_HELP_WHATSAPP',
    default: 'none',
    derived: true,
    example: '+62 812 0000 0000',
    meaning: 'WhatsApp number of the help desk, shown on every page with its country code.',
    parse: phoneNumber,
  }),
  helpPhone: declare({
    name: 'METERAI_HELP_PHONE',
    default: 'none',
    derived: true,
    example: '+62 21 0000 0000',
    meaning: 'Telephone number of the help desk, shown on every page.',
    parse: phoneNumber,
  }),
  helpEmail: declare({
    name: 'METERAI_HELP_EMAIL',
    default: 'none',
    derived: true,
    example: 'bantuan@meterai.example',
    meaning: 'E-mail address of the help desk, shown on every page.',
    parse: (value: string): Parsed<string> =>
      /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(value) ? good(value) : bad('an e-mail address'),
  }),
} as const

/** What a setting is parsed to. */
export type Value<S> = S extends { parse(text: string): Parsed<infer T> } ? T : never

/** Every variable the service knows, for docs/operate.md: name, default, example, meaning. */
export const settingList: readonly { name: string; default: string; example: string; meaning: string }[] =
  Object.values(settings)
