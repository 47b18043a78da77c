import { rm } from 'node:fs/promises'
import type { FastifyRequest } from 'fastify'
import { placementOf, placeOf, presets, usualSide, type StampPlace } from '../../../client/stamp-places.ts'
import { guessFacts } from '../../../client/document-guess.ts'
import type { Suggestions } from '../../../client/suggestions.ts'
import { RefusedError } from '../../../errors.ts'
import { uploadBytesMax } from '../../../limits/stamping.ts'
import type { DocumentFacts } from '../../../stamp/pdf/document-facts.ts'
import { checkPlacement } from '../../../stamp/pdf/document-facts.ts'
import { factsSchema } from '../../api/schemas.ts'
import { refusalOfIssues, refusalByField, refusalParam } from '../../problems.ts'
import { storeUpload, type Upload } from '../../store-upload.ts'
import type { Fields } from '../forms.tsx'
import type { AffixAnswers, FormDraft } from './form-draft.ts'

/** A form that came: its one-time key, the session's token, and the file on disk. */
export type AffixForm = { formKey: string; csrf: string; fileName: string; upload: Upload }

const answerNames = ['type', 'number', 'date', 'tag', 'page', 'place', 'additional'] as const
const fieldNames = ['formKey', 'csrf'] as const
/** None of the fields is longer. */
const fieldBytesMax = 1024

/** Reads the form without a script: a file and whose it is. */
export async function readAffixForm(request: FastifyRequest, path: string): Promise<AffixForm> {
  if (!request.isMultipart()) throw new RefusedError({ code: 'media_type_unsupported' })
  const values: Partial<Record<(typeof fieldNames)[number], string>> = {}
  let sent: { upload: Upload; fileName: string } | undefined
  const limits = { fileSize: uploadBytesMax + 1, fieldSize: fieldBytesMax, fields: 10, files: 1, parts: 12 }
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') sent = { upload: await storeUpload(part.file, path), fileName: part.filename ?? '' }
      const name = fieldNames.find((each) => each === part.fieldname)
      if (part.type === 'field' && name !== undefined && typeof part.value === 'string')
        values[name] = part.value.trim()
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  if (sent === undefined) throw new RefusedError({ code: 'file_empty' })
  const { formKey = '', csrf = '' } = values
  return { formKey, csrf, ...sent }
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
