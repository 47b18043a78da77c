import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openSealing } from '../src/base/sealing.ts'
import { openVisitor, type Visitor } from '../src/cli/demo-people/visitor.ts'
import { isObject } from '../src/client/json-fields.ts'
import { openDatabase } from '../src/database/database.ts'
import { runningEmbedded } from '../src/database/embedded.ts'
import { openHolder } from '../src/identity/accounts.ts'
import { addMember } from '../src/identity/memberships.ts'
import { openPasswords } from '../src/identity/passwords.ts'
import { addPerson } from '../src/identity/people.ts'
import { startService } from '../src/main.ts'

// Can a stranger tell by the clock, or by the answer, whether somebody has an account? Each way in is asked about people who have one and about
// addresses nobody has, in turns, over HTTP. Fails where an answer differs, or the medians by more than the bound
// three times in a row.

const usage = 'npm run bench:enumeration -- [--tries 200] [--within 0.10] [--json]'

/** What an answer tells whoever reads it: all but what is drawn anew for each. */
type Told = { status: number; shape: string }
type Way = { name: string; ask: (url: string, contact: string, owner: Visitor) => Promise<Told> }

async function send(method: 'POST' | 'PATCH', url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const json: Record<string, unknown> = JSON.parse(await answer.text())
  return { status: answer.status, json }
}

const told = ({ status, json }: Awaited<ReturnType<typeof send>>): Told => ({
  status,
  shape: `${Object.keys(json).join()} ${String(json['code'])} ${String(json['otherRoutes'])}`,
})

/** What a stranger does who registers with somebody's address. */
async function registerUpToCode(url: string, email: string): Promise<Told> {
  const { json } = await send('POST', `${url}/v1/registrations`, {})
  const path = `${url}/v1/registrations/${String(json['id'])}`
  const headers = { authorization: `Bearer ${String(json['token'])}` }
  await send('PATCH', path, { email }, headers)
  return told(await send('POST', `${path}/codes`, { kind: 'email' }, headers))
}

/** Asked first and not counted; and how often a way is measured before it has failed. */
const warmUp = 20
const rounds = 3

const password = 'sapi putih makan rumput'
const ways: Way[] = [
  {
    name: 'sign in by password',
    ask: async (url, identifier) => told(await send('POST', `${url}/v1/sessions`, { identifier, password })),
  },
  {
    name: 'code to sign in',
    ask: async (url, identifier) => told(await send('POST', `${url}/v1/sessions/codes`, { identifier })),
  },
  {
    name: 'code to make a new password',
    ask: async (url, identifier) => told(await send('POST', `${url}/v1/password-resets/codes`, { identifier })),
  },
  { name: 'registration up to its code', ask: registerUpToCode },
  {
    name: 'invitation by an owner',
    ask: async (_, contact, owner) => {
      const json = { contact, role: 'reader' }
      const answer = await owner.transport.request({ method: 'POST', path: '/v1/members', json })
      return told({ status: answer.status, json: isObject(answer.json) ? answer.json : {} })
    },
  },
]

/** Milliseconds in the middle. */
function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
}

/** What an answer sets off (a message is sent) is over by then, and slows nobody else. */
const pauseMilliseconds = 25

type Row = { way: string; known: number; unknown: number; apart: number; sameAnswer: boolean }

async function measure(way: Way, on: { url: string; known: readonly string[]; owner: Visitor }): Promise<Row> {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  const answers = { known: new Set<string>(), unknown: new Set<string>() }
  for (const [index, contact] of on.known.entries()) {
    const asked = { known: contact, unknown: `${randomBytes(8).toString('hex')}@contoh.example` }
    // Who goes first changes each time, so that neither always finds what the other left warm.
    const order = index % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const who of order) {
      await delay(pauseMilliseconds)
      const from = performance.now()
      const answer = await way.ask(on.url, asked[who], on.owner)
      const milliseconds = performance.now() - from
      // The first ones find nothing compiled and nothing cached.
      if (index >= warmUp) times[who].push(milliseconds)
      answers[who].add(`${answer.status} ${answer.shape}`)
    }
  }
  const [known, unknown] = [median(times.known), median(times.unknown)]
  const sameAnswer = [...answers.known].join() === [...answers.unknown].join()
  return { way: way.name, known, unknown, apart: Math.abs(known - unknown) / Math.max(known, unknown), sameAnswer }
}

const ownersPassword = 'kucing abu makan ikan'
const newEmail = () => `${randomBytes(8).toString('hex')}@contoh.example`

/** People who can be found, made without their registration; the first of them owns an account. */
async function makePeople(dataFolder: string, count: number): Promise<{ owner: string; known: string[] }> {
  const running = await runningEmbedded(dataFolder)
  if (running === undefined) throw new Error('the service has no database')
  const database = openDatabase({ url: running.serviceUrl, connectionsMax: 2 })
  const sealing = openSealing(Buffer.from((await readFile(join(dataFolder, 'service-key'), 'utf8')).trim(), 'hex'))
  const passwords = openPasswords()
  try {
    const passwordHash = await passwords.hash(ownersPassword)
    const [owner = '', ...known] = Array.from({ length: count + 1 }, newEmail)
    for (const email of [owner, ...known])
      await database.transaction(async (tx) => {
        const at = await database.now(tx)
        const personId = await addPerson(tx, sealing, { name: 'Contoh', email, passwordHash, language: 'id', at })
        if (email !== owner || personId === undefined) return
        const { accountId } = await openHolder(tx, { name: `Contoh ${owner}`, at })
        await addMember(tx, { accountId, personId, role: 'owner', stampsPerMonth: null, orderLimitRupiah: null, at })
      })
    return { owner, known }
  } finally {
    passwords.close()
    await database.close()
  }
}

/** Signed in, with an account of their own. */
async function signedIn(url: string, identifier: string): Promise<Visitor> {
  const visitor = openVisitor({ url, language: 'id', fetch, told: () => undefined })
  await visitor.ask('POST', '/v1/sessions', { json: { identifier, password: ownersPassword } })
  return visitor
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: { tries: { type: 'string' }, within: { type: 'string' }, json: { type: 'boolean' } },
  })
  const [tries, within] = [Number(values.tries ?? 200), Number(values.within ?? 0.1)]
  if (!(tries >= 10) || !(within > 0)) throw new Error(`numbers are needed: ${usage}`)
  const folder = await mkdtemp(join(tmpdir(), 'meterai-enumeration-'))
  const dataFolder = join(folder, 'data')
  const service = await startService({ METERAI_DATA: dataFolder, PORT: '0', METERAI_LOG_LEVEL: 'silent' })
  try {
    const rows: Row[] = []
    for (const way of ways) {
      let row: Row | undefined
      // A busy machine's unrest does not come back each time, a difference that is ours does.
      for (let round = 0; round < rounds && (row === undefined || (row.sameAnswer && row.apart > within)); round++) {
        // Others each time: a code asked for a moment ago would have its pause.
        const { owner, known } = await makePeople(dataFolder, warmUp + tries)
        row = await measure(way, { url: service.url, known, owner: await signedIn(service.url, owner) })
      }
      if (row !== undefined) rows.push(row)
    }
    console.log(`tries each: ${tries}; medians may be ${within * 100} % apart`)
    console.table(
      rows.map(({ way, known, unknown, apart, sameAnswer }) => ({
        way,
        'known ms': known.toFixed(1),
        'unknown ms': unknown.toFixed(1),
        'apart %': (apart * 100).toFixed(1),
        'same answer': sameAnswer,
      })),
    )
    const ok = rows.every(({ apart, sameAnswer }) => apart <= within && sameAnswer)
    if (values.json === true) console.log(JSON.stringify({ ok, tries, within, rows }))
    return ok ? 0 : 1
  } finally {
    await service.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

process.exitCode = await run()
