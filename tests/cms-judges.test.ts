import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodePrimitives } from '../src/base/primitives-node.ts'
import { openAuthority, type Authority } from '../src/signing/authority.ts'
import { openStampSigner, type StampSigner } from '../src/signing/stamp-signer.ts'
import { keyAlgorithms } from '../src/stamp/cms/algorithms.ts'
import { check } from '../src/stamp/check/check.ts'
import { type CmsCourt, containerOf, judgeContainer, openssl } from './support/cms-judges.ts'
import { pdfsigReport } from './support/judges.ts'
import { qpdfStream } from './support/pdf-samples.ts'
import { append, objectText, onePage, specimenSerial, stampPdf, type Stamped } from './support/stamped-pdf.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'openmeterai-cms-'))
})
afterAll(() => rm(scratch, { recursive: true }))

type Party = { authority: Authority; signer: StampSigner; court: CmsCourt }

async function openParty(keyAlgorithm: (typeof keyAlgorithms)[number], name: string): Promise<Party> {
  const authority = await openAuthority(join(scratch, name), { keyAlgorithm })
  const file = (holder: string) => join(authority.folder, `${holder}.crt`)
  const rootDer = authority.holders.root.certificate.der
  return {
    authority,
    signer: await openStampSigner({ authority }),
    court: { scratch, root: file('root'), issuing: file('issuing'), rootDer },
  }
}

/** Documents that differ in length and place of the stamp. */
const stampOf = (signer: StampSigner, count: number) =>
  stampPdf(append(new Uint8Array(0), onePage(`/Note(${'x'.repeat(count * 37)})`)), signer, {
    serial: specimenSerial(count),
    placement: { left: 10 + count * 7, bottom: 20 + count * 11 },
  })

/** Where the signed part ends and the validation data begins. */
const signedEnd = ({ byteRange }: Stamped) => byteRange[2] + byteRange[3]

for (const keyAlgorithm of keyAlgorithms) {
  test(`openssl and pkijs verify the containers and timestamps of ${keyAlgorithm} stamps`, async () => {
    const { signer, court } = await openParty(keyAlgorithm, keyAlgorithm)
    for (let count = 1; count <= 12; count++) {
      const stamped = await stampOf(signer, count)
      expect(await judgeContainer(stamped, court)).toEqual([])
    }
  })
}

test('openssl and pkijs notice a changed document, so their word counts', async () => {
  const { signer, court } = await openParty('ec-p256', 'changed')
  const stamped = await stampOf(signer, 20)
  const bytes = Uint8Array.from(stamped.bytes)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  const problems = await judgeContainer({ ...stamped, bytes }, court)
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['openssl cms', 'pkijs'])
})

/*
 * pdfsig asks the network about revocation or nobody; of the validation data in a file it takes no notice. So what it can say
 * is that the data does no harm. That the data proves what it should, openssl says of each part as it lies in the file.
 */
test('pdfsig calls a stamp valid with its validation data behind it', async () => {
  const { signer } = await openParty('rsa-3072', 'pdfsig')
  const stamped = await stampOf(signer, 21)
  for (const bytes of [stamped.bytes, stamped.bytes.subarray(0, signedEnd(stamped))]) {
    expect(pdfsigReport(bytes)).toContain('Signature is Valid')
  }
  expect(pdfsigReport(stamped.bytes.subarray(0, signedEnd(stamped)))).toContain('Total document signed')
})

test('each part of the validation data in the file proves what it is for, as openssl reads it', async () => {
  const { authority, signer, court } = await openParty('ec-p256', 'store')
  const stamped = await stampOf(signer, 22)
  const store = objectText(stamped.bytes, Number(/\/DSS (\d+) 0 R/.exec(objectText(stamped.bytes, 1))?.[1]))
  const numbersOf = (key: string) =>
    (new RegExp(`/${key}\\s*\\[([^\\]]*)\\]`).exec(store)?.[1] ?? '').match(/\d+(?= 0 R)/g) ?? []
  const partsOf = (key: string) => numbersOf(key).map((number) => qpdfStream(stamped.bytes, Number(number)))
  const file = (name: string) => join(scratch, `store-${name}`)

  const certificates = partsOf('Certs').map((der) => createHash('sha256').update(der).digest('hex'))
  const holders = (['stamp', 'issuing', 'timestamp'] as const).map(
    (holder) => authority.holders[holder].certificate.der,
  )
  expect(certificates).toEqual(
    expect.arrayContaining(holders.map((der) => createHash('sha256').update(der).digest('hex'))),
  )

  const said: string[] = []
  for (const answer of partsOf('OCSPs')) {
    await writeFile(file('answer'), answer)
    for (const holder of ['stamp', 'timestamp'])
      said.push(
        await openssl(
          'ocsp',
          '-respin',
          file('answer'),
          '-issuer',
          court.issuing,
          '-cert',
          join(authority.folder, `${holder}.crt`),
          '-CAfile',
          court.root,
        ),
      )
  }
  expect(said.filter((text) => /stamp\.crt: good/.test(text) && text.includes('Response verify OK')).length).toBe(2)

  const lists = partsOf('CRLs')
  expect(lists.length).toBe(1)
  await writeFile(file('list'), lists[0] ?? '')
  const list = await openssl(
    'crl',
    '-inform',
    'DER',
    '-in',
    file('list'),
    '-CAfile',
    court.root,
    '-out',
    file('list.pem'),
  )
  expect(list).toContain('verify OK')
  expect(
    await openssl('verify', '-crl_check', '-CRLfile', file('list.pem'), '-CAfile', court.root, court.issuing),
  ).toMatch(/OK$/m)
})

test('the store names the signature it is for by the hash of its whole contents', async () => {
  const { signer } = await openParty('ec-p256', 'named')
  const stamped = await stampOf(signer, 23)
  const hex = Buffer.from(stamped.bytes.subarray(stamped.byteRange[1] + 1, stamped.byteRange[2] - 1)).toString('latin1')
  const name = createHash('sha1').update(Buffer.from(hex, 'hex')).digest('hex').toUpperCase()
  expect(Buffer.from(stamped.bytes.subarray(signedEnd(stamped))).toString('latin1')).toContain(`/VRI<</${name}<<`)
  expect(containerOf(stamped).cms.length).toBeLessThan(hex.length / 2)
})

test('with the validation data a stamp is proven for the long term, without it only with its timestamp', async () => {
  const { signer } = await openParty('rsa-2048', 'level')
  const stamped = await stampOf(signer, 24)
  const profileOf = (bytes: Uint8Array) =>
    check(bytes, { roots: signer.trustRoots() }, nodePrimitives).signatures.map(({ profile }) => profile)
  expect(profileOf(stamped.bytes)).toEqual(['B-LT'])
  expect(profileOf(stamped.bytes.subarray(0, signedEnd(stamped)))).toEqual(['B-T'])
})
