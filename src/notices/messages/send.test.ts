import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { testSmtp, type TestSmtp } from '../../../tests/support/smtp-server.ts'
import type { Receiver } from '../../base/receiver.ts'
import { openSealing } from '../../base/sealing.ts'
import { messageFailuresMax, messagesAtOnce } from '../../limits/traffic.ts'
import { gatewaySender } from './gateway-sender.ts'
import { dropOldMessages, readInbox } from './inbox.ts'
import { type NewMessage, queueMessage } from './queue.ts'
import { type MessageSending, sendDueMessages, senderBreaker } from './send.ts'
import { NotSent, type OutgoingMessage, type Sender } from './senders.ts'
import { smtpSender } from './smtp-sender.ts'

const sealing = openSealing(randomBytes(32))
const phone: Receiver = { route: 'sms', address: '+6281234567890' }
const mailbox: Receiver = { route: 'email', address: 'contoh.a@contoh.example' }
let db: TestDatabase
let smtp: TestSmtp
let gateway: { server: Server; url: string; status: number; requests: { headers: object; body: string }[] }
const tried: object[] = []

beforeAll(async () => {
  db = await testDatabase()
  smtp = await testSmtp()
  gateway = await openGateway()
})
afterAll(async () => {
  gateway.server.closeAllConnections()
  gateway.server.close()
  await smtp.close()
  await db.drop()
})
beforeEach(async () => {
  await db.owner.sql`truncate messages`
  gateway.status = 200
  gateway.requests = []
  tried.length = 0
})

async function openGateway(): Promise<typeof gateway> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      gateway.requests.push({ headers: request.headers, body })
      // status 0: silence
      if (gateway.status > 0) response.writeHead(gateway.status).end('{"secret":"of the gateway"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { server, url: `http://127.0.0.1:${port}/send`, status: 200, requests: [] }
}

function queue(more: Partial<NewMessage> = {}): Promise<string> {
  return db.database.transaction(async (tx) => {
    const at = await db.database.now(tx)
    const values = { code: '123456', purpose: 'sign_in' }
    const wanted: NewMessage = { accountId: null, receiver: phone, template: 'code', values, language: 'id', at }
    return queueMessage(tx, sealing, { ...wanted, ...more })
  })
}

/** A way out; its breaker's clock is the test's. */
function sending(sender: Sender, more: Partial<MessageSending> = {}): MessageSending {
  const breaker = senderBreaker(() => 0)
  const onTried = (message: object) => void tried.push(message)
  return { database: db.database, sealing, route: 'sms', sender, breaker, host: 'meterai.example', onTried, ...more }
}

const sms = (milliseconds?: number) =>
  gatewaySender({ url: gateway.url, key: 'gateway-key', ...(milliseconds === undefined ? {} : { milliseconds }) })

async function rows() {
  return db.database.sql<{ state: string; tries: number; problem: string | null; due: boolean }[]>`
    select state, tries, problem, due_at is not null as due from messages order by message_id`
}

/** A sender that fails so many times, then takes everything. */
function failing(times: number, failure = () => new NotSent('unreachable')): Sender & { taken: OutgoingMessage[] } {
  const taken: OutgoingMessage[] = []
  let left = times
  return {
    taken,
    async send(_, message) {
      if (left-- > 0) throw failure()
      taken.push(message)
    },
  }
}

test('an SMS is posted to the gateway with its key, in words that end with the code for this site', async () => {
  await queue()
  expect(await sendDueMessages(sending(sms()))).toBe(1)
  const [request] = gateway.requests
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer gateway-key',
    'content-type': 'application/json',
    'idempotency-key': expect.stringMatching(/^msg_[0-9a-f]{32}$/),
  })
  const { to, text } = JSON.parse(request?.body ?? '{}')
  expect(to).toBe(phone.address)
  expect(text).toMatch(/^123456 adalah kode Anda untuk masuk\..*\n\n@meterai\.example #123456$/s)
  expect(await rows()).toEqual([{ state: 'sent', tries: 1, problem: null, due: false }])
})

test('a mail goes to its one receiver over SMTP, with subject and a footer', async () => {
  await queue({ receiver: mailbox, language: 'en' })
  const sender = smtpSender({ url: smtp.url, from: 'meterai@meterai.example', host: 'meterai.example' })
  expect(await sendDueMessages(sending(sender, { route: 'email' }))).toBe(1)
  const [mail] = smtp.taken
  expect(mail).toMatchObject({ from: 'meterai@meterai.example', to: [mailbox.address] })
  expect(mail?.data).toContain('Subject: OpenMeterai code for signing in')
  expect(mail?.data).toContain('Auto-Submitted: auto-generated')
  expect(mail?.data).toMatch(/Message-ID: <msg_[0-9a-f]{32}@meterai\.example>/i)
  expect(mail?.data).toContain('123456 is your code')
  sender.close?.()
})

test('a mail server elsewhere hears no address and no password before TLS', async () => {
  const before = smtp.heard.length
  // this machine by a name that nobody takes for it
  const url = smtp.url.replace('smtp://127.0.0.1', 'smtp://user:hunter2@127.1')
  const sender = smtpSender({ url, from: 'meterai@meterai.example', host: 'meterai.example', milliseconds: 3_000 })
  await queue({ receiver: mailbox })
  await sendDueMessages(sending(sender, { route: 'email' }))
  expect(await rows()).toMatchObject([{ state: 'due', problem: 'refused' }])
  const heard = smtp.heard.slice(before)
  expect(heard.map((line) => line.slice(0, 8).toUpperCase())).toContain('STARTTLS')
  expect(heard.join('\n')).not.toMatch(/MAIL|RCPT|AUTH|hunter2/)
  sender.close?.()
})

test('an address that the mail server refuses for good is given up; one it refuses for now is tried again', async () => {
  const sender = smtpSender({ url: smtp.url, from: 'meterai@meterai.example', host: 'meterai.example' })
  smtp.answerRecipients('550 no such mailbox contoh.a@contoh.example')
  await queue({ receiver: mailbox })
  await sendDueMessages(sending(sender, { route: 'email' }))
  expect(await rows()).toEqual([{ state: 'given_up', tries: 1, problem: 'refused', due: false }])
  expect(JSON.stringify(tried)).not.toContain('contoh')
  smtp.answerRecipients('451 come back later')
  await queue({ receiver: mailbox })
  await sendDueMessages(sending(sender, { route: 'email' }))
  expect((await rows())[1]).toEqual({ state: 'due', tries: 1, problem: 'refused', due: true })
  smtp.answerRecipients(undefined)
  sender.close?.()
})

test.each([
  [503, 'due', 'refused'],
  [401, 'due', 'refused'],
  [429, 'due', 'refused'],
  [422, 'given_up', 'refused'],
  [302, 'due', 'refused'],
])('a gateway that answers %i leaves the message %s', async (status, state, problem) => {
  gateway.status = status
  await queue()
  await sendDueMessages(sending(sms()))
  expect(await rows()).toMatchObject([{ state, tries: 1, problem }])
})

test('a gateway that is silent is left after its time', async () => {
  gateway.status = 0
  await queue()
  await sendDueMessages(sending(sms(50)))
  expect(await rows()).toMatchObject([{ state: 'due', problem: 'timed_out' }])
})

test('a failed message is tried again until it is taken, while its code lives', async () => {
  const sender = failing(3)
  await queue()
  for (const seconds of [0, 3, 6]) {
    await db.advance(seconds)
    await sendDueMessages(sending(sender))
    expect(await rows()).toMatchObject([{ state: 'due' }])
  }
  await db.advance(12)
  await sendDueMessages(sending(sender))
  expect(sender.taken).toHaveLength(1)
  expect(await rows()).toEqual([{ state: 'sent', tries: 4, problem: null, due: false }])
})

test('a message whose time is over is given up without being sent, and told without its receiver', async () => {
  const sender = failing(0)
  const at = await db.database.now()
  await queue({ until: new Date(at.getTime() + 1000) })
  await db.advance(2)
  await sendDueMessages(sending(sender))
  expect(sender.taken).toEqual([])
  expect(await rows()).toMatchObject([{ state: 'given_up' }])
  const told = { route: 'sms', template: 'code', outcome: 'given_up', problem: 'timed_out' }
  expect(tried).toEqual([{ id: expect.stringMatching(/^msg_/), ...told }])
})

test('a sender that is down is left alone, then one message tries for all', async () => {
  let now = 0
  const sender = failing(messageFailuresMax)
  const breaker = senderBreaker(() => now)
  for (let count = 0; count < messageFailuresMax + 3; count++) await queue()
  const one = sending(sender, { breaker })
  await sendDueMessages(one)
  expect(breaker.state()).toBe('open')
  await db.advance(60)
  const tries = (await rows()).reduce((sum, row) => sum + row.tries, 0)
  await sendDueMessages(one)
  expect((await rows()).reduce((sum, row) => sum + row.tries, 0)).toBe(tries)
  now = 60_000
  await sendDueMessages(one)
  expect((await rows()).every(({ state }) => state === 'sent')).toBe(true)
})

test('codes go before everything else that waits, however long it waited', async () => {
  const taken: string[] = []
  const sender: Sender = { send: async (_, { text }) => void taken.push(text.slice(0, 6)) }
  const values = { role: 'reader', account: 'acc_x' }
  for (let i = 0; i < messagesAtOnce; i++) await queue({ template: 'invitation', values })
  await queue()
  await sendDueMessages(sending(sender))
  expect(taken).toHaveLength(messagesAtOnce + 1)
  expect(taken.slice(0, messagesAtOnce)).toContain('123456')
})

test('several processes send a message once', async () => {
  const sender = failing(0)
  for (let count = 0; count < 30; count++) await queue()
  await Promise.all(Array.from({ length: 4 }, () => sendDueMessages(sending(sender))))
  expect(new Set(sender.taken.map(({ id }) => id)).size).toBe(30)
  expect(sender.taken).toHaveLength(30)
})

test('a process that dies with a message on its way leaves it to the next one', async () => {
  await queue()
  const dying: Sender = { send: () => Promise.reject(new Error('the process died')) }
  await expect(sendDueMessages(sending(dying))).rejects.toThrow('died')
  const sender = failing(0)
  await sendDueMessages(sending(sender))
  expect(sender.taken).toHaveLength(0)
  await db.advance(61)
  await sendDueMessages(sending(sender))
  expect(sender.taken).toHaveLength(1)
})

test('a withheld message is sent to nobody and stands in no inbox', async () => {
  const sender = failing(0)
  await queue({ withhold: true })
  await sendDueMessages(sending(sender))
  expect(sender.taken).toEqual([])
  expect(await readInbox(db.database.sql, sealing, { routes: ['sms'], host: 'x' })).toEqual([])
})

test('a template without words is refused before anything is stored', async () => {
  await expect(queue({ template: 'nothing' })).rejects.toThrow('no text messages.nothing')
  expect(await rows()).toEqual([])
})

test('messages a week old are deleted', async () => {
  await queue()
  await db.advance(7 * 24 * 60 * 60 + 1)
  await queue()
  expect(await dropOldMessages(db.database, new AbortController().signal)).toBe(1)
  expect(await rows()).toHaveLength(1)
})

test('neither address nor code stands in any column', async () => {
  await queue({ values: { code: '918273', purpose: 'sign_in' } })
  await queue({ receiver: mailbox, values: { code: '918273', purpose: 'sign_in' } })
  const dump = await db.owner.sql<{ row: string; bytes: string }[]>`
    select m::text as row, encode(m.receiver, 'escape') || encode(m.receiver_index, 'escape') || encode(m.body, 'escape') as bytes from messages m`
  const whole = JSON.stringify(dump)
  for (const secret of [phone.address, phone.address.slice(3), mailbox.address, 'contoh', '918273'])
    for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')])
      expect(whole).not.toContain(form)
})
