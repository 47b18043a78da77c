import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registerPerson } from '../../tests/support/person.ts'
import { samplePng } from '../../tests/support/photo-samples.ts'
import { testSealing, testWeb } from '../../tests/support/web.ts'
import { openBlobs } from '../blobs/blobs.ts'
import { dropShownPhotos, operatorProofing } from './operator.ts'

test('photos in clear that a command left are gone with the next one, and nothing else is', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'openmeterai-operator-'))
  await mkdir(join(temporary, 'meterai-photo-aB3x'))
  await writeFile(join(temporary, 'meterai-photo-aB3x', 'photo.jpg'), 'photo')
  await writeFile(join(temporary, 'letter.pdf'), 'letter')
  await dropShownPhotos(temporary)

  expect(await readdir(temporary)).toEqual(['letter.pdf'])
  await rm(temporary, { recursive: true })
})

test('an operator is shown an organisation`s papers as files of their own, and its owner sees that they looked', async () => {
  const web = await testWeb()
  const { browser } = await registerPerson(web)
  const opened = await browser.call('POST', '/v1/accounts', {
    ownerType: 'government',
    consent: { terms: '2026-11', privacy: '2026-11' },
    identity: {
      name: 'Dinas Contoh',
      nik: '3171015708450001',
      npwp: '1234567890123456',
      personInCharge: 'Contoh Aminah',
    },
  })
  const { id } = opened.json<{ id: string }>()
  const pdf = Buffer.from('%PDF-1.7\n')
  for (const [paper, bytes] of [
    ['npwp', pdf],
    ['deed', samplePng()],
  ] as const)
    await browser.call('PUT', `/v1/account/papers/${paper}`, bytes, { 'x-account': id, 'content-type': 'image/png' })
  const blobs = await openBlobs(web.blobFolder)
  const operator = operatorProofing({ database: web.db.database, sealing: testSealing, blobs })

  const shown = await operator.show(id)

  expect(shown?.papers.map(({ paper }) => paper)).toEqual(['npwp', 'deed'])
  const [npwp] = shown?.papers ?? []
  expect(npwp?.path).toMatch(/npwp\.pdf$/)
  expect((await readFile(npwp?.path ?? '')).equals(pdf)).toBe(true)
  const log = await browser.call('GET', '/v1/account/access-log', undefined, { 'x-account': id })
  expect(log.json().items).toHaveLength(1)
  await operator.list()
  await expect(readFile(npwp?.path ?? '')).rejects.toThrow('ENOENT')
  await web.close()
})
