import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { latin1Bytes } from '../../src/base/bytes.ts'
import { nodePrimitives } from '../../src/base/primitives-node.ts'
import { openAuthority, type Authority } from '../../src/signing/authority.ts'
import type { KeyAlgorithm } from '../../src/stamp/cms/algorithms.ts'
import { openStampSigner, type StampSigner } from '../../src/signing/stamp-signer.ts'
import { embed } from '../../src/stamp/pdf/embed.ts'
import { place } from '../../src/stamp/pdf/place.ts'
import { stampPicture } from '../../src/stamp/picture/picture.ts'
import type { Placement, Recipe } from '../../src/stamp/recipe.ts'
import { serialCheckCharacter } from '../../src/stamp/serial.ts'

const folders: string[] = []

/** Removes what `temporarySigner` made; for `afterAll`. */
export async function removeAuthorities(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
}

/** A specimen authority of its own, in a folder that `removeAuthorities` removes. */
export async function temporaryAuthority(keyAlgorithm: KeyAlgorithm = 'ec-p256'): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'openmeterai-authority-'))
  folders.push(folder)
  return openAuthority(folder, { keyAlgorithm })
}

/** A signer over a `temporaryAuthority`. */
export async function temporarySigner(keyAlgorithm: KeyAlgorithm = 'ec-p256'): Promise<StampSigner> {
  return openStampSigner({ authority: await temporaryAuthority(keyAlgorithm) })
}

/** A specimen's serial number, another for each count. */
export function specimenSerial(count: number): string {
  const body = `SPESIMEN01XQ${count.toString(36).toUpperCase().padStart(9, '0')}`
  return body + serialCheckCharacter(body)
}

/** Bytes of PDF text, one a character. */
export const pdfBytes = latin1Bytes

/** The text of bytes, one character a byte. */
export function pdfText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Objects by number: the text between `obj` and `endobj`; null frees the number. */
export type Objects = Record<number, string | null>

/** The objects of a document of one page; `page` is spliced into the page's dictionary. */
export function onePage(page = ''): Objects {
  const content = 'BT /F1 24 Tf 72 700 Td (Rp 5.000.000) Tj ET'
  return {
    1: '<</Type/Catalog/Pages 2 0 R>>',
    2: '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    3: `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>${page}>>`,
    4: `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
    5: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    6: '<</Producer(Agreement Maker)>>',
  }
}

/** Objects, `extra` text, a cross-reference table of the objects and a trailer after `before`, which may be empty. */
export function append(
  before: Uint8Array,
  objects: Objects,
  options: { root?: number; extra?: string } = {},
): Uint8Array {
  const isFirst = before.length === 0
  let text = isFirst ? '%PDF-1.7\n' : '\n'
  const rows: string[] = []
  for (const [number, body] of Object.entries(objects)) {
    const at = String(before.length + text.length).padStart(10, '0')
    rows.push(`${number} 1\n${body === null ? '0000000000 00001 f' : `${at} 00000 n`} \n`)
    if (body !== null) text += `${number} 0 obj\n${body}\nendobj\n`
  }
  text += options.extra ?? ''
  const table = before.length + text.length
  const previous = isFirst ? '' : `/Prev ${startOf(before)}`
  const head = isFirst ? '0 1\n0000000000 65535 f \n' : ''
  const id = '/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]'
  text += `xref\n${head}${rows.join('')}trailer\n<</Size 200/Root ${options.root ?? 1} 0 R/Info 6 0 R${isFirst ? id : idOf(before)}${previous}>>\n`
  text += `startxref\n${table}\n%%EOF\n`
  return Buffer.concat([before, latin1Bytes(text)])
}

function startOf(bytes: Uint8Array): string {
  return [...pdfText(bytes).matchAll(/startxref\s+(\d+)/g)].at(-1)?.[1] ?? '0'
}

function idOf(bytes: Uint8Array): string {
  return [...pdfText(bytes).matchAll(/\/ID\s*\[[^\]]*\]/g)].at(-1)?.[0] ?? ''
}

/** The newest text of an object in a file whose objects stand unpacked. */
export function objectText(bytes: Uint8Array, number: number): string {
  const found = [...pdfText(bytes).matchAll(new RegExp(`(?:^|[\\r\\n])${number} 0 obj\\s([^]*?)\\sendobj`, 'g'))].at(
    -1,
  )?.[1]
  if (found === undefined) throw new Error(`object ${number} is not in the file`)
  return found
}

/** A recipe for those bytes, default placement bottom left. */
export function recipeFor(
  original: Uint8Array,
  signer: StampSigner,
  changes: { serial: string; placement?: Partial<Placement> },
): Recipe {
  const { serial, placement } = changes
  return {
    format: 1,
    pictureVersion: 1,
    artworkSha256: null,
    sourceSha256: createHash('sha256').update(original).digest('hex'),
    sourceLength: original.length,
    placement: { page: 1, left: 36, bottom: 36, width: 100, height: 100, unit: 'pt', ...placement },
    documentType: 'surat-pernyataan',
    reason: `[${serial}] Surat Pernyataan`,
    location: 'Jakarta',
    serial,
    checkUrl: `http://localhost:8080/cek/${serial}`,
    specimen: true,
    signedAt: `${new Date().toISOString().slice(0, 19)}Z`,
    seed: 'ab'.repeat(32),
    signerKeyId: signer.signerKeyId,
    contentsBytes: signer.contentsBytes,
    profile: 'B-LT',
  }
}

/** A stamped file with the offsets a forger would look for. */
export type Stamped = {
  recipe: Recipe
  bytes: Uint8Array
  serial: string
  digest: string
  byteRange: readonly [number, number, number, number]
}

/** Stamps a document the way a client and the server together do. */
export async function stampPdf(
  original: Uint8Array,
  signer: StampSigner,
  changes: { serial: string; placement?: Partial<Placement>; password?: string },
): Promise<Stamped> {
  const recipe = recipeFor(original, signer, changes)
  const opening = {
    original,
    recipe,
    primitives: nodePrimitives,
    ...(changes.password === undefined ? {} : { password: changes.password }),
  }
  const placed = place({ ...opening, picture: stampPicture(recipe) })
  if (!placed.ok) throw new Error(`not placed: ${JSON.stringify(placed.refusal)}`)
  const { prepared } = placed
  const cms = await signer.sign({ digest: prepared.digest, serial: recipe.serial })
  const validation = await signer.validation()
  const { tail } = embed({ ...opening, prepared, cms, validation })
  return {
    bytes: Buffer.concat([original, tail]),
    recipe,
    serial: recipe.serial,
    digest: prepared.digest,
    byteRange: prepared.byteRange,
  }
}

/**
 * A signature by the stamp signer's key in a field of its own making, as nobody honest would write it: without picture,
 * under the name `Other`. `isBad` makes it over another digest.
 */
export async function appendSignature(
  before: Uint8Array,
  signer: StampSigner,
  show: { box: readonly number[]; serial: string; isBad?: boolean },
): Promise<Uint8Array> {
  const text = pdfText(before)
  const page = objectText(before, 3)
  const catalog = objectText(before, 1)
  const form = /\/AcroForm (\d+) 0 R/.exec(catalog)?.[1]
  const marks = { range: '/ByteRange[0 0000000000 0000000000 0000000000]', contents: `<${'0'.repeat(20_000)}>` }
  const fields =
    form === undefined
      ? '<</Fields[195 0 R]/SigFlags 3>>'
      : objectText(before, Number(form)).replace('0 R]', '0 R 195 0 R]')
  const update = append(before, {
    1: form === undefined ? catalog.replace('<<', '<</AcroForm 197 0 R') : catalog,
    3: page.includes('/Annots')
      ? page.replace(/(\/Annots\s*\[[^\]]*)\]/, '$1 195 0 R]')
      : page.replace('<<', '<</Annots[195 0 R]'),
    [form ?? '197']: fields,
    195: `<</Type/Annot/Subtype/Widget/FT/Sig/T(Other)/F 132/P 3 0 R/Rect[${show.box.join(' ')}]/V 196 0 R>>`,
    196: `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached${marks.range}/Contents${marks.contents}/M(D:20261123131400Z)>>`,
  })
  const written = pdfText(update)
  const gapStart = written.indexOf(marks.contents, text.length)
  const gapEnd = gapStart + marks.contents.length
  const range = `/ByteRange[0 ${gapStart} ${gapEnd} ${written.length - gapEnd}]`.padEnd(marks.range.length)
  const head = written.slice(0, gapStart).replace(marks.range, range)
  const tail = written.slice(gapEnd)
  const digest = createHash('sha256')
    .update(head + (show.isBad === true ? 'x' : '') + tail, 'latin1')
    .digest('hex')
  const cms = await signer.sign({ digest, serial: show.serial })
  const hex = Buffer.from(cms)
    .toString('hex')
    .padEnd(marks.contents.length - 2, '0')
  return latin1Bytes(`${head}<${hex}>${tail}`)
}
