import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { toHex } from '../base/bytes.ts'
import {
  parseTimestampRequest,
  parseTimestampToken,
  timestampRejection,
  timestampRequest,
  timestampResponse,
} from '../stamp/cms/timestamp.ts'
import { openAuthority } from './authority.ts'
import { TimestampUnavailable, askTimestampServer, developmentTimestampSource } from './timestamp-source.ts'

const base = await mkdtemp(join(tmpdir(), 'meterai-timestamps-'))
afterAll(() => rm(base, { recursive: true, force: true }))
const authority = await openAuthority(join(base, 'authority'))
const file = (text: string) => join(authority.folder, text)
const digest = new Uint8Array(createHash('sha256').update(randomBytes(20)).digest())

type Answer = (request: Buffer, response: ServerResponse) => void | Promise<void>

/** A timestamp server that answers as it is told, and its address. */
async function serve(answer: Answer): Promise<string> {
  const listen = async (request: IncomingMessage, response: ServerResponse) => answer(await buffer(request), response)
  const server = createServer((request, response) => void listen(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
}

/** A response by openssl's timestamp authority, another implementation than ours, with our authority's key. */
async function opensslReply(request: Uint8Array): Promise<Buffer> {
  const query = file(`${randomBytes(4).toString('hex')}.tsq`)
  await writeFile(query, request)
  await writeFile(file('serial'), '01')
  await writeFile(
    file('tsa.cnf'),
    `[tsa]\ndefault_tsa=t\n[t]\nserial=${file('serial')}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\ness_cert_id_alg=sha256\naccuracy=secs:1\n`,
  )
  return execFileSync(
    'openssl',
    [
      'ts',
      '-reply',
      '-config',
      file('tsa.cnf'),
      '-queryfile',
      query,
      '-signer',
      file('timestamp.crt'),
      '-inkey',
      file('timestamp.key'),
      '-chain',
      file('issuing.crt'),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
}

const question = { digest, timeoutMilliseconds: 10_000 }

test('a token of another implementation is taken, with our digest and nonce in it', async () => {
  const url = await serve(async (request, response) => void response.end(await opensslReply(request)))
  const token = await askTimestampServer(url, question)
  const parsed = parseTimestampToken(token)
  expect(toHex(parsed.imprint.value)).toBe(toHex(digest))
  expect(parsed.policy).toBe('1.2.3.4')
})

test('openssl verifies a token of the development authority', async () => {
  const token = await developmentTimestampSource(authority, { now: () => new Date() }).timestamp(digest)
  await writeFile(file('token'), token)
  const said = execFileSync(
    'openssl',
    [
      'ts',
      '-verify',
      '-digest',
      toHex(digest),
      '-in',
      file('token'),
      '-token_in',
      '-CAfile',
      file('root.crt'),
      '-untrusted',
      file('issuing.crt'),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  expect(said.toString()).toContain('Verification: OK')
})

test('openssl reads our request, and we read one of openssl', async () => {
  await writeFile(file('query'), timestampRequest(digest, 0xf0_0dn))
  expect(execFileSync('openssl', ['ts', '-query', '-in', file('query'), '-text']).toString()).toMatch(/Nonce: 0xF00D/)
  const theirs = execFileSync('openssl', ['ts', '-query', '-digest', toHex(digest), '-sha256', '-cert'])
  expect(parseTimestampRequest(new Uint8Array(theirs))).toMatchObject({
    imprint: { hash: 'sha256', value: digest },
    wantsCertificate: true,
  })
})

const lies: Record<string, { answer: Answer; says: RegExp }> = {
  'a token for other bytes': {
    answer: async (request, response) => {
      const { nonce } = parseTimestampRequest(new Uint8Array(request))
      response.end(await opensslReply(timestampRequest(new Uint8Array(32), nonce ?? 0n)))
    },
    says: /other bytes/,
  },
  'an old token for the same bytes': {
    answer: async (_, response) => void response.end(await opensslReply(timestampRequest(digest, 12_345n))),
    says: /nonce/,
  },
  'a token without a nonce': {
    answer: async (_, response) => {
      const source = developmentTimestampSource(authority, { now: () => new Date() })
      response.end(timestampResponse(await source.timestamp(digest)))
    },
    says: /nonce/,
  },
  'a rejection': {
    answer: (_, response) => void response.end(timestampRejection('the clock is not set', 'timeNotAvailable')),
    says: /refused with status 2 the clock is not set/,
  },
  HTML: { answer: (_, response) => void response.end('<!doctype html><p>Hello'), says: /No timestamp from http/ },
  nothing: { answer: (_, response) => void response.end(), says: /No timestamp from http/ },
  'an HTTP error': { answer: (_, response) => void response.writeHead(503).end('busy'), says: /HTTP status 503/ },
  'an answer without end': {
    answer: (_, response) => {
      const write = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(16_384), write)
      }
      write()
    },
    says: /more than 65536 bytes/,
  },
  'a redirect': {
    answer: (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    says: /No timestamp from http/,
  },
}

for (const [what, { answer, says }] of Object.entries(lies)) {
  test(`${what} in place of a token is TimestampUnavailable`, async () => {
    const url = await serve(answer)
    const failed = await askTimestampServer(url, question).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TimestampUnavailable)
    expect(String(failed)).toMatch(says)
  })
}

test('a server that never answers is TimestampUnavailable after the time given', async () => {
  const url = await serve(() => undefined)
  const failed = askTimestampServer(url, { digest, timeoutMilliseconds: 50 })
  await expect(failed).rejects.toThrow(TimestampUnavailable)
})

test('a server that is not there is TimestampUnavailable', async () => {
  await expect(askTimestampServer('http://127.0.0.1:1/', question)).rejects.toThrow(TimestampUnavailable)
})
