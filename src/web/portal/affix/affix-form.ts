import { rm } from 'node:fs/promises'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Stamped, Stampings } from '../../../affixing/stampings.ts'
import { placementOf, placeOf, usualSide } from '../../../client/stamp-places.ts'
import { RefusedError } from '../../../errors.ts'
import type { Caller } from '../../../identity/api-keys.ts'
import { uploadBytesMax } from '../../../limits.ts'
import type { DocumentFacts } from '../../../stamp/pdf/document-facts.ts'
import type { Placement } from '../../../stamp/recipe.ts'
import { factsSchema } from '../../api/schemas.ts'
import { refusalOfIssues, refusalByField, refusalParam } from '../../problems.ts'
import { storeUpload, type Upload } from '../../store-upload.ts'
import { formPlaces, type AffixAnswers } from './affix-page.tsx'

/** A form that came: what was filled in, its one-time key, and the file on disk. */
export type AffixForm = { answers: AffixAnswers; formKey: string; fileName: string; upload: Upload }

const fieldNames = ['type', 'number', 'date', 'page', 'place', 'additional', 'formKey'] as const
/** None of the fields is longer. */
const fieldBytesMax = 1024

/** Reads the form without a script. What was filled in is handed to `keep` as it comes, so that the page can show it again. */
export async function readAffixForm(
  request: FastifyRequest,
  path: string,
  keep: (answers: AffixAnswers) => void,
): Promise<AffixForm> {
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
      keep(values)
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  if (sent === undefined) throw new RefusedError({ code: 'file_empty' })
  return { answers: values, formKey: z.uuid().catch('').parse(values.formKey), ...sent }
}

/** Stamps what the form brought, by the same code as `/v1/stampings`. The form's key makes a second press the same act. */
export async function stampForm(
  form: AffixForm,
  on: { caller: Caller; stampings: Stampings; look(path: string): Promise<DocumentFacts> },
): Promise<Stamped> {
  const { answers, formKey, fileName, upload } = form
  let mayStillRun = false
  try {
    if (formKey === '') throw new RefusedError({ code: 'key_missing' })
    const facts = readFacts({
      documentType: answers.type,
      ...(answers.number ? { number: answers.number } : {}),
      ...(answers.date ? { date: answers.date } : {}),
      ...(fileName === '' ? {} : { fileName: fileName.slice(-255) }),
    })
    const placement = placementFor(answers, await on.look(upload.path))
    const { caller, stampings } = on
    const stamped = await stampings.stamp({
      caller,
      key: `form-${formKey}`,
      facts,
      placement,
      additional: answers.additional === 'yes',
      upload,
    })
    // an attempt that goes on by itself needs the file, and deletes it
    mayStillRun = stamped.ok ? stamped.state === 'waiting' : stamped.refusal.code === 'in_progress'
    return stamped
  } finally {
    if (!mayStillRun) await rm(upload.path, { force: true })
  }
}

function readFacts(value: unknown) {
  const parsed = factsSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.')
    return { path, message: issue.message, refusal: refusalParam(issue) ?? refusalByField(path) }
  })
  throw new RefusedError(refusalOfIssues(issues))
}

/** The place that was named, on the page that was named or the last one. */
function placementFor(answers: AffixAnswers, document: DocumentFacts): Placement {
  const pages = document.pages.length
  const page = answers.page === undefined || answers.page === '' ? pages : Number(answers.page)
  const size = document.pages[page - 1]
  if (size === undefined)
    throw new RefusedError({ code: 'page_out_of_range', values: { page: answers.page ?? '', pages } })
  const named = formPlaces.find((each) => each === answers.place) ?? 'right'
  const place = placeOf(named, document, page, usualSide(size)) ?? placeOf('right', document, page, usualSide(size))
  if (place === undefined) throw new RefusedError({ code: 'page_out_of_range', values: { page, pages } })
  return placementOf(place)
}
