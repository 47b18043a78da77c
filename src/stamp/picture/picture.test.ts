import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { beforeAll, expect, test } from 'vitest'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { nodePrimitives } from '../../base/primitives-node.ts'
import { artworkText, readArtwork } from './artwork.ts'
import { type PictureFacts, pictureMarker, pictureSha256, stampPicture } from './picture.ts'

const specimen: PictureFacts = {
  serial: 'SPESIMEN0XYZ123456789A',
  checkUrl: 'http://localhost:8080/cek/SPESIMEN0XYZ123456789A',
  specimen: true,
  pictureVersion: 1,
  artworkSha256: null,
}
const real: PictureFacts = {
  serial: 'M01ZQK7BFJ4GD8W3UIV5OH',
  checkUrl: 'https://meterai.example/cek/M01ZQK7BFJ4GD8W3UIV5OH',
  specimen: false,
  pictureVersion: 1,
  artworkSha256: null,
}

beforeAll(() => {
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } })
})

/** A page of one picture with 20 points around it. */
function page(content: Uint8Array, sidePoints: number): Uint8Array {
  const scale = sidePoints / 100
  const stream = concatBytes([latin1Bytes(`q ${scale} 0 0 ${scale} 20 20 cm\n`), content, latin1Bytes('Q')])
  const box = `[0 0 ${sidePoints + 40} ${sidePoints + 40}]`
  const objects = [
    latin1Bytes('<</Type/Catalog/Pages 2 0 R>>'),
    latin1Bytes('<</Type/Pages/Kids[3 0 R]/Count 1>>'),
    latin1Bytes(`<</Type/Page/Parent 2 0 R/MediaBox${box}/Resources<<>>/Contents 4 0 R>>`),
    concatBytes([latin1Bytes(`<</Length ${stream.length}>>stream\n`), stream, latin1Bytes('\nendstream')]),
  ]
  let file = latin1Bytes('%PDF-1.7\n')
  let table = 'xref\n0 5\n0000000000 65535 f \n'
  for (const [index, object] of objects.entries()) {
    table += `${String(file.length).padStart(10, '0')} 00000 n \n`
    file = concatBytes([file, latin1Bytes(`${index + 1} 0 obj\n`), object, latin1Bytes('\nendobj\n')])
  }
  return concatBytes([file, latin1Bytes(`${table}trailer<</Size 5/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`)])
}

/** The page as a scanner or a screen of that resolution sees it: a PNG, and what the renderer complained about. */
function render(pdf: Uint8Array, dotsPerInch: number): { png: Uint8Array; complaints: string } {
  const folder = mkdtempSync(join(tmpdir(), 'picture-'))
  try {
    const name = join(folder, 'page')
    writeFileSync(`${name}.pdf`, pdf)
    const complaints = execFileSync(
      'sh',
      ['-c', 'exec pdftoppm -r "$0" -png -singlefile "$1.pdf" "$1" 2>&1', String(dotsPerInch), name],
      { encoding: 'utf8' },
    )
    return { png: new Uint8Array(readFileSync(`${name}.png`)), complaints }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const sights = [specimen, real].flatMap((show) => [
  { show, sidePoints: 54, dotsPerInch: 150 },
  { show, sidePoints: 100, dotsPerInch: 150 },
  { show, sidePoints: 100, dotsPerInch: 300 },
  { show, sidePoints: 100, dotsPerInch: 600 },
])

test.each(sights)('the QR of $show.serial reads at $sidePoints points and $dotsPerInch dpi', async (sight) => {
  const { png, complaints } = render(page(stampPicture(sight.show), sight.sidePoints), sight.dotsPerInch)
  const read = await readBarcodes(png, { formats: ['QRCode'], tryDownscale: false, tryInvert: false })
  expect(complaints).toBe('')
  expect(read.map((code) => code.text)).toEqual([sight.show.checkUrl])
})

/** The least kind grounds a code can lie on: all black, and stripes as wide as its modules. */
const grounds = {
  black: '0 g\n0 0 200 100 re\nf\n',
  stripes: `.8 0 0 rg\n${Array.from({ length: 60 }, (_, at) => `${at * 3.4} 0 1.7 100 re\n`).join('')}f\n`,
}
const issued = Object.entries(grounds).flatMap(([ground, operators]) => {
  const artwork = readArtwork(artworkText({ width: 200, height: 100, operators }), nodePrimitives)
  return [specimen, real].flatMap((show) =>
    [54, 100].map((sidePoints) => ({ ground, artwork, sidePoints, show: { ...show, artworkSha256: artwork.sha256 } })),
  )
})

test.each(issued)(
  'over artwork of $ground the QR of $show.serial reads at $sidePoints points and 150 dpi',
  async ({ show, artwork, sidePoints }) => {
    const { png, complaints } = render(page(stampPicture(show, artwork), sidePoints), 150)
    const read = await readBarcodes(png, { formats: ['QRCode'], tryDownscale: false, tryInvert: false })
    expect(complaints).toBe('')
    expect(read.map((code) => code.text)).toEqual([show.checkUrl])
  },
)

test('a picture is drawn with the artwork that its recipe names, or not at all', () => {
  const artwork = readArtwork(artworkText({ width: 9, height: 9, operators: grounds.black }), nodePrimitives)
  const issuedReal = { ...real, artworkSha256: artwork.sha256 }
  expect(() => stampPicture(issuedReal)).toThrow(/needs the artwork [0-9a-f]{64}, given is null/)
  expect(() => stampPicture(real, artwork)).toThrow(/needs the artwork null/)
  expect(pictureSha256(issuedReal, nodePrimitives, artwork)).not.toBe(pictureSha256(real, nodePrimitives))
  expect(() => readArtwork('%PDF-1.7\n', nodePrimitives)).toThrow(/"%PDF-1.7\n" is no artwork/)
})

test('format 1 draws the same bytes for ever', () => {
  expect(pictureSha256(specimen, nodePrimitives)).toBe(
    '7ab90c82a3f01d8df34dc9db8b2f5818001f9d626d137402d3a0504da14f5aa0',
  )
  expect(pictureSha256(real, nodePrimitives)).toBe('ae4151a496fb9628a1f774e524d8a4958b7510faa5763e5f4dc88fe0cd2b4b41')
})

test('the stream says whose it is in its first line', () => {
  const text = Buffer.from(stampPicture(specimen)).toString('latin1')
  expect(text.split('\n')[0]).toBe(`${pictureMarker}SPESIMEN0XYZ123456789A`)
})

test('the stream needs no resources: no font, image, graphics state or pattern', () => {
  const text = Buffer.from(stampPicture(specimen)).toString('latin1')
  const operators = new Set(
    text
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ').at(-1)),
  )
  operators.delete('')
  const plain = [
    'q',
    'Q',
    'cm',
    'w',
    'J',
    'j',
    'd',
    'm',
    'l',
    'c',
    'h',
    're',
    'f',
    'S',
    'W',
    'W*',
    'n',
    'g',
    'rg',
    'RG',
  ]
  expect([...operators].filter((operator) => !plain.includes(operator ?? ''))).toEqual([])
})

test('the stream saves and restores evenly and stays under 12 KB', () => {
  for (const show of [specimen, real]) {
    const lines = Buffer.from(stampPicture(show)).toString('latin1').split('\n')
    expect(lines.filter((line) => line === 'q').length).toBe(lines.filter((line) => line === 'Q').length)
    expect(stampPicture(show).length).toBeLessThan(12_000)
  }
})

test('a specimen can be told from a stamp by its picture alone', () => {
  expect(pictureSha256({ ...specimen, specimen: false }, nodePrimitives)).not.toBe(
    pictureSha256(specimen, nodePrimitives),
  )
})

test('what is no serial number is refused with its text', () => {
  expect(() => stampPicture({ ...specimen, serial: 'SPESIMEN\nQ' })).toThrow(/22 of 0-9 A-Z, this one is "SPESIMEN/)
})
