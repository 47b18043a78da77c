import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import { artworkBytesMax } from '../limits/stamping.ts'
import { openArtwork } from './artwork.ts'

const folder = mkdtempSync(join(tmpdir(), 'meterai-artwork-'))
afterAll(() => rmSync(folder, { recursive: true }))

function artworkOf(content: string | Uint8Array) {
  const path = join(folder, 'drawing')
  writeFileSync(path, content)
  return openArtwork(path)
}

const svg = (inside: string, attributes = 'viewBox="0 0 100 50"') =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${inside}</svg>`
const operatorsOf = async (content: string | Uint8Array) => (await artworkOf(content)).text.split('\n').slice(1, -1)

test('an SVG becomes paths with the origin below, in its own units', async () => {
  const artwork = await artworkOf(svg('<rect x="10" y="5" width="30" height="20" fill="#f00"/>'))
  expect(artwork).toMatchObject({ width: 100, height: 50 })
  expect(artwork.text).toBe('%Artwork 1 100 50\n1 0 0 rg\n10 45 m\n40 45 l\n40 25 l\n10 25 l\nh\nf\n')
  expect(artwork.sha256).toMatch(/^[0-9a-f]{64}$/)
})

test('transforms apply from the inside out, and a line grows with its drawing', async () => {
  const line = '<line x1="0" y1="0" x2="1" y2="0" transform="scale(4)" stroke="blue" stroke-width="0.5"/>'
  expect(await operatorsOf(svg(`<g transform="translate(10 20)">${line}</g>`))).toEqual([
    '0 0 0 rg',
    '0 0 1 RG',
    '2 w',
    '0 J',
    '0 j',
    '4 M',
    '[] 0 d',
    '10 30 m',
    '14 30 l',
    'B',
  ])
})

test('quadratic curves and arcs become cubic ones, circles close', async () => {
  expect(await operatorsOf(svg('<path fill="black" d="M0 50Q30 50 30 20"/>'))).toEqual([
    '0 0 0 rg',
    '0 0 m',
    '20 0 30 10 30 30 c',
    'f',
  ])
  const circle = await operatorsOf(svg('<circle cx="25" cy="25" r="10"/>'))
  expect(circle.filter((line) => line.endsWith(' c')).length).toBeGreaterThanOrEqual(2)
  expect(circle.slice(-2)).toEqual(['h', 'f'])
})

test('round corners stay outside, mirrored or not', async () => {
  const corner = ['10 50 m', '90 50 l', '95.5228 50 100 45.5228 100 40 c']
  const box = '<rect width="100" height="50" rx="10"/>'
  expect((await operatorsOf(svg(box))).slice(1, 4)).toEqual(corner)
  const mirrored = await operatorsOf(svg(`<g transform="matrix(-1 0 0 1 100 0)">${box}</g>`))
  expect(mirrored.slice(1, 4)).toEqual(['90 50 m', '10 50 l', '4.4772 50 0 45.5228 0 40 c'])
})

test('style beats attributes, groups hand theirs down, and what draws nothing is left out', async () => {
  const group = '<g fill="none" style="stroke: #00ff00"><path fill="red" style="fill:none" d="M0 0H9"/></g>'
  const lines = await operatorsOf(
    svg(`<title>x</title><defs><path d="M1 1"/></defs>${group}<g display="none"><text/></g>`),
  )
  expect(lines[0]).toBe('0 1 0 RG')
  expect(lines.at(-1)).toBe('S')
})

test.each([
  [svg('<text>Rp</text>'), /drawing has text; convert it to outlines/],
  [svg('<image href="x.png"/>'), /has an image; trace it/],
  [svg('<path d="M0 0H9" opacity="0.5"/>'), /opacity 0\.5; flatten/],
  [svg('<path d="M0 0H9" fill="url(#g)"/>'), /the colour "url\(#g\)"/],
  [svg('<path d="M0 0H9" clip-path="url(#c)"/>'), /clip-path/],
  [svg('<style>path{fill:red}</style>'), /a style sheet/],
  [svg('<script>1</script>'), /the element script/],
  [svg('<path d="hello"/>'), /a path that cannot be read: "hello"/],
  [svg('<rect width="3mm" height="1"/>'), /width "3mm"/],
  [svg('<path d="M0 0H9"/>', ''), /no size; give the svg element a viewBox/],
  [svg(''), /nothing drawn/],
  [svg('<g><rect/></path>'), /XML that cannot be read/],
  ['<!DOCTYPE svg [<!ENTITY a "b">]>' + svg('<path d="&a;"/>'), /XML that cannot be read/],
  ['hello', /neither PDF nor SVG/],
])('what plain paths cannot show is refused with the way out: %s', async (content, message) => {
  await expect(artworkOf(content)).rejects.toThrow(message)
})

test('a drawing too long for every stamp is refused with its size', async () => {
  const long = svg(`<path d="M0 0${'L12.345 23.456'.repeat(2000)}"/>`)
  await expect(artworkOf(long)).rejects.toThrow(new RegExp(`bytes of drawing, at most ${artworkBytesMax}`))
})

test('a file that is not there is named', async () => {
  await expect(openArtwork(join(folder, 'nowhere.svg'))).rejects.toThrow(/nowhere\.svg has no file that can be read/)
})

/** A PDF of one page that draws this. */
const page = (content: string, keys = '', objects: Record<number, string> = {}) =>
  samplePdf({ page: `/MediaBox[10 20 110 70]/Contents 40 0 R${keys}`, objects: { 40: stream(content), ...objects } })
const stream = (content: string, keys = '') => `<<${keys}/Length ${content.length}>>\nstream\n${content}\nendstream`

test('the page of a PDF becomes its paths, moved to the origin, with forms drawn in place', async () => {
  const resources = '/Resources<</ExtGState<</a0<</CA 1/ca 1>>>>/XObject<</x5 41 0 R>>>>'
  const form = stream('0 0 5 5 re f', '/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Matrix[2 0 0 2 0 0]')
  const pdf = page('q /a0 gs /Artifact BMC 1 0 0 rg 0 0 m 9.5 9 l S EMC /x5 Do Q', resources, { 41: form })
  const artwork = await artworkOf(pdf)
  expect(artwork).toMatchObject({ width: 100, height: 50 })
  expect(artwork.text.split('\n').slice(1, -1)).toEqual([
    '1 0 0 1 -10 -20 cm',
    'q',
    '1 0 0 rg',
    '0 0 m',
    '9.5 9 l',
    'S',
    'q',
    '2 0 0 2 0 0 cm',
    '0 0 9 9 re',
    'W',
    'n',
    '0 0 5 5 re',
    'f',
    'Q',
    'Q',
  ])
})

test('what a page leaves open is closed, what it closes too much is refused', async () => {
  expect((await operatorsOf(page('q q 0 0 1 1 re f'))).slice(-2)).toEqual(['Q', 'Q'])
  await expect(artworkOf(page('0 0 1 1 re f Q'))).rejects.toThrow(/a Q without its q/)
})

test.each([
  [page('BT (x) Tj ET'), /has text; convert it to outlines/],
  [page('/x Do'), /an image/],
  [page('/a gs 0 0 1 1 re f', '/Resources<</ExtGState<</a<</ca .5>>>>>>'), /transparency .*\/ca/],
  [page('/Cs1 cs 1 scn'), /a colour space of its own/],
  [page('/s sh'), /a gradient/],
  [page('0 0 1 1 re f', '/Rotate 90'), /a turned page/],
  [samplePdf({ pages: 2 }), /2 pages; keep one/],
])('a page with more than plain paths is refused', async (pdf, message) => {
  await expect(artworkOf(pdf)).rejects.toThrow(message)
})
