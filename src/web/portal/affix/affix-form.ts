import { rm } from 'node:fs/promises'
import type { FastifyRequest } from 'fastify'
import { placementOf, placeOf, presets, usualSide, type StampPlace } from '../../../client/stamp-places.ts'
import { guessFacts } from '../../../client/document-guess.ts'
import type { Suggestions } from '../../../client/suggestions.ts'
import { RefusedError } from '../../../errors.ts'
import { sheetPhotosMax, uploadBytesMax } from '../../../limits/stamping.ts'
import type { DocumentFacts } from '../../../stamp/pdf/document-facts.ts'
import { checkPlacement } from '../../../stamp/pdf/document-facts.ts'
import { factsSchema } from '../../api/schemas.ts'
import { refusalOfIssues, refusalByField, refusalParam } from '../../problems.ts'
import { storeUpload, type Upload } from '../../store-upload.ts'
import type { Fields } from '../forms.tsx'
import type { AffixAnswers, FormDraft } from './form-draft.ts'
import type { DraftParts } from './held-draft.ts'

/** A file that came: on disk, and as whoever sent it calls it. */
export type SentFile = { fileName: string; upload: Upload }

/** A form that came: its one-time key, the session's token, and its files. */
export type AffixForm = { formKey: string; csrf: string; files: readonly SentFile[] }

const answerNames = ['type', 'number', 'date', 'tag', 'page', 'place', 'additional'] as const
const fieldNames = ['formKey', 'csrf'] as const
/** None of the fields is longer. */
const fieldBytesMax = 1024

/** Reads a form with files, where there is room for one, and does something with it; files that nobody took over are deleted then. */
export function withAffixForm<Value>(
  request: FastifyRequest,
  { uploadCheck, stampings }: Pick<DraftParts, 'uploadCheck' | 'stampings'>,
  work: (form: AffixForm) => Promise<Value>,
): Promise<Value> {
  return uploadCheck.admit(async () => {
    const files: SentFile[] = []
    try {
      return await work(await readAffixForm(request, files, () => stampings.blobs.temporaryPath()))
    } finally {
      for (const { upload } of files) await rm(upload.path, { force: true })
    }
  })
}

/** Whose form it is, and its files, which are listed as they come; together they are no larger than one may be. */
async function readAffixForm(request: FastifyRequest, files: SentFile[], newPath: () => string): Promise<AffixForm> {
  if (!request.isMultipart()) throw new RefusedError({ code: 'media_type_unsupported' })
  const values: Partial<Record<(typeof fieldNames)[number], string>> = {}
  // one more than there may be: that there are too many is told by whoever counts them
  const most = sheetPhotosMax + 1
  const limits = { fileSize: uploadBytesMax + 1, fieldSize: fieldBytesMax, fields: 10, parts: most + 100 }
  let bytes = 0
  for await (const part of request.parts({ limits })) {
    const name = fieldNames.find((each) => each === part.fieldname)
    if (part.type === 'field' && name !== undefined && typeof part.value === 'string') values[name] = part.value.trim()
    if (part.type !== 'file') continue
    if (files.length === most) {
      part.file.resume()
      continue
    }
    const upload = await storeUpload(part.file, newPath())
    files.push({ upload, fileName: part.filename ?? '' })
    bytes += upload.length
    if (bytes > uploadBytesMax)
      throw new RefusedError({ code: 'file_too_large', values: { bytes, bytesMax: uploadBytesMax } })
  }
  if (files.length === 0) throw new RefusedError({ code: 'file_empty' })
  const { formKey = '', csrf = '' } = values
  return { formKey, csrf, files }
}

/** The same answers out of a form without a file. */
export function answersOf(fields: Fields): AffixAnswers {
  return Object.fromEntries(answerNames.map((name) => [name, fields.one(name).trim()]))
}

/** The facts of the document as they were filled in; refuses what cannot be one. */
export function factsOf(answers: AffixAnswers, fileName: string) {
  const parsed = factsSchema.safeParse({
    documentType: answers.type ?? 'surat-pernyataan',
    ...(answers.number ? { number: answers.number } : {}),
    ...(answers.date ? { date: answers.date } : {}),
    ...(answers.tag ? { tag: answers.tag } : {}),
    ...(fileName === '' ? {} : { fileName: fileName.slice(-255) }),
  })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.')
    return { path, message: issue.message, refusal: refusalParam(issue) ?? refusalByField(path) }
  })
  throw new RefusedError(refusalOfIssues(issues))
}

/** A file as it was looked at. */
export type LookedAt = { document: DocumentFacts; suggested: Suggestions }

/** What was filled in, or at first what the document itself suggests. */
export function answersFor({ answers, fileName }: FormDraft, { document, suggested }: LookedAt): AffixAnswers {
  if (Object.keys(answers).length > 0) return answers
  const { number, date, documentType = guessFacts({ lines: [], fileName }).documentType } = suggested.guess
  const place = document.signatureBoxes.length > 0 ? 'signature' : suggested.spot === undefined ? 'right' : 'spot'
  return {
    place,
    ...(number === undefined ? {} : { number }),
    ...(date === undefined ? {} : { date }),
    ...(documentType === undefined ? {} : { type: documentType }),
  }
}

/** The place that was named, on the page that was named or the last one; refuses what the document has not, or where a stamp may not stand. */
export function placeFor(answers: AffixAnswers, { document, suggested }: LookedAt): StampPlace {
  if (answers.place === 'spot' && suggested.spot !== undefined) return suggested.spot
  const pages = document.pages.length
  const page = answers.page === undefined || answers.page === '' ? pages : Number(answers.page)
  const size = document.pages[page - 1]
  if (size === undefined)
    throw new RefusedError({ code: 'page_out_of_range', values: { page: answers.page ?? '', pages } })
  const named = presets.find((each) => each === answers.place) ?? 'right'
  const place = placeOf(named, document, page, usualSide(size)) ?? placeOf('right', document, page, usualSide(size))
  if (place === undefined) throw new RefusedError({ code: 'page_out_of_range', values: { page, pages } })
  const refusal = checkPlacement(document, placementOf(place))
  if (refusal !== undefined) throw new RefusedError(refusal)
  return place
}
