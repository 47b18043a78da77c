import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileOf, freshPdf } from '../../support/fresh-pdf.ts'
import { rewritten, samplePdf } from '../../support/pdf-samples.ts'
import { comeToAffix, endedOnce, walkToStamp, type Torment } from './torment.ts'

/** A few bytes that say of themselves that they are eight million entries. */
const bomb = () => {
  const rows = `<</Type/XRef/W[0 1 0]/Index[0 8388600]/Root 1 0 R/Filter/RunLengthDecode/Length 120000>>\nstream\n`
  const packed = '\x81\x01'.repeat(60_000)
  return `%PDF-1.7\n1 0 obj\n${rows}${packed}\nendstream\nendobj\nstartxref\n9\n%%EOF\n`
}
const damaged = '%PDF-1.7\nxref\n0 0\ntrailer\n<</XRefStm 9/Root 1 0 R>>\nstartxref\n9\n%%EOF\n'
const dynamicForm = samplePdf({ catalog: '/AcroForm<</Fields[]/XFA[]>>/NeedsRendering true' })

const hostile: { harm: string; bytes: () => Uint8Array; says: string; isQuick?: boolean }[] = [
  { harm: 'no PDF', bytes: () => Buffer.from('Ini bukan PDF'), says: 'errors.not_a_pdf' },
  { harm: 'an empty file', bytes: () => Buffer.alloc(0), says: 'errors.file_empty' },
  { harm: 'a damaged PDF', bytes: () => Buffer.from(damaged, 'latin1'), says: 'errors.structure_damaged' },
  { harm: 'a bomb', bytes: () => Buffer.from(bomb(), 'latin1'), says: 'errors.too_complex', isQuick: true },
  { harm: 'a form that only its own program draws', bytes: () => dynamicForm, says: 'errors.xfa_dynamic' },
  { harm: 'a locked PDF', bytes: () => locked(), says: 'errors.password_needed' },
]

const locked = () => rewritten(freshPdf(), ['--encrypt', 'rahasia', 'pemilik', '256', '--'])

/** The reason is said, nothing is spent, and another file goes through on the same page. */
const refused = [true, false].flatMap((scripts) =>
  hostile
    // by script a locked file is opened, below
    .filter(({ says }) => !scripts || says !== 'errors.password_needed')
    .map(({ harm, bytes, says, isQuick = false }): Torment => ({
      harm: `${harm}${scripts ? '' : ', without a script'}`,
      step: 'choosing the file',
      isQuick: isQuick && scripts,
      async run(scene) {
        const affixer = await comeToAffix(scene, { scripts })
        const file = fileOf(Buffer.from(bytes()), 'lain.pdf')
        const said = await walkToStamp({ page: affixer.page, file }, { scripts, otherFile: affixer.file })
        if (!said.includes(says)) throw new Error(`${says} was not said, but ${said.join(', ')}`)
        return endedOnce(affixer, said)
      },
    })),
)

const opened: Torment = {
  harm: 'a locked PDF, opened with the second password that is typed',
  step: 'choosing the file',
  async run(scene) {
    const affixer = await comeToAffix(scene)
    const file = fileOf(Buffer.from(locked()))
    const said = await walkToStamp({ page: affixer.page, file }, { passwords: ['salah', 'rahasia'] })
    for (const key of ['errors.password_needed', 'errors.password_wrong'])
      if (!said.includes(key)) throw new Error(`${key} was not said, but ${said.join(', ')}`)
    return endedOnce(affixer, said)
  },
}

/** A picture of 60 MB, as scanners that do not compress make it. */
const scan = () => {
  const [width, height] = [5_000, 4_000]
  const pixels = randomBytes(width * height * 3).toString('latin1')
  const image = `<</Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Length ${pixels.length}>>`
  const drawing = 'q 500 0 0 400 40 400 cm /I Do Q'
  return samplePdf({
    page: '/Resources<</XObject<</I 9 0 R>>>>',
    objects: {
      3: `<</Length ${drawing.length}>>\nstream\n${drawing}\nendstream`,
      9: `${image}\nstream\n${pixels}\nendstream`,
    },
  })
}

const large = [true, false].map((scripts): Torment => ({
  harm: `a PDF of 60 MB${scripts ? '' : ', without a script'}`,
  step: 'choosing the file',
  async run(scene) {
    const folder = await mkdtemp(join(tmpdir(), 'openmeterai-large-'))
    try {
      const path = join(folder, 'pindaian.pdf')
      await writeFile(path, scan())
      const affixer = await comeToAffix(scene, { scripts })
      return endedOnce(affixer, await walkToStamp({ page: affixer.page, file: path }, { scripts }))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}))

/** A page that draws itself in itself: the stamp stands on it all the same. */
const undrawable: Torment = {
  harm: 'a page that draws itself in itself',
  step: 'choosing the file',
  async run(scene) {
    const affixer = await comeToAffix(scene)
    const form =
      '<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 9 0 R>>>>/Length 12>>\nstream\n/F Do /F Do \nendstream'
    const drawing = `/F Do % ${randomBytes(20).toString('hex')}`
    const objects = { 3: `<</Length ${drawing.length}>>\nstream\n${drawing}\nendstream`, 9: form }
    const file = fileOf(Buffer.from(samplePdf({ page: '/Resources<</XObject<</F 9 0 R>>>>', objects })))
    return endedOnce(affixer, await walkToStamp({ page: affixer.page, file }))
  },
}

/** Files that mean no good, or too much. */
export const affixingFiles: readonly Torment[] = [...refused, opened, undrawable, ...large]
