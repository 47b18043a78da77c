import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Blobs } from '../../../blobs/blobs.ts'
import { RefusedError, type Refusal } from '../../../errors.ts'
import { uploadBytesMax } from '../../../limits/stamping.ts'
import { serialKind } from '../../../stamp/serial.ts'
import type { PublicStamp } from '../../../verification/registry-check.ts'
import { refusalOf } from '../../problems.ts'
import { storeUpload } from '../../store-upload.ts'
import { contextOf, linkTo, queryOf, refusalText, sayIn, type PageContext, type PageParts } from '../page-context.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { CheckFormPage } from './check-form.tsx'
import type { UploadCheck } from './check-upload.ts'
import { StampPage, UnknownStampPage } from './stamp-page.tsx'
import { VerdictPage } from './verdict-page.tsx'

export type CheckPageParts = PageParts & {
  /** An affixed stamp by its number; undefined for reserved, released and never given ones alike. */
  findStamp(serial: string): Promise<PublicStamp | undefined>
  uploadCheck: UploadCheck
  blobs: Blobs
}

const hidden = { schema: { hide: true } } as const

/** As people copy a number: in any case, cut by spaces, dashes and dots. */
const tidy = (typed: string) => typed.replaceAll(/[\s.\-‐-―]/g, '').toUpperCase()

/** Checking without an account: the forms, a file that was sent, and the page of one stamp that its QR leads to. */
export function checkPageRoutes(app: FastifyInstance, parts: CheckPageParts): void {
  app.get('/cek', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const typed = queryOf(request, 'serial')
    if (typed !== undefined && serialKind(tidy(typed)) !== undefined)
      return reply.redirect(linkTo(context, `/cek/${tidy(typed)}`), 303)
    if (typed !== undefined) void reply.code(400)
    return sendPage(reply, context, await formPage(context, typed === undefined ? {} : { typed: typed.slice(0, 60) }))
  })

  app.post('/cek', { ...hidden, bodyLimit: uploadBytesMax }, async (request, reply) => {
    const context = await contextOf(request, parts)
    const say = sayIn(context.language)
    try {
      const verdict = await parts.uploadCheck.admit(async () =>
        parts.uploadCheck.check(await receiveFile(request, parts.blobs.temporaryPath())),
      )
      return await sendPage(reply, context, {
        title: say('checkFile.result'),
        body: <VerdictPage context={context} verdict={verdict} />,
      })
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code === 'internal') throw error
      return sendPage(reply.code(422), context, await formPage(context, { wrong: refusalSentence(context, refusal) }))
    }
  })

  app.get<{ Params: { serial: string } }>('/cek/:serial', hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const { serial } = request.params
    const say = sayIn(context.language)
    if (serialKind(serial) === undefined) {
      const meant = tidy(serial)
      if (serialKind(meant) !== undefined) return reply.redirect(linkTo(context, `/cek/${meant}`), 308)
      const page = await formPage({ ...context, path: '/cek' }, { typed: serial.slice(0, 60) })
      return sendPage(reply.code(400), { ...context, path: '/cek' }, page)
    }
    const stamp = await parts.findStamp(serial)
    const title = say('cek.title', { serial })
    if (stamp === undefined)
      return sendPage(reply.code(404), context, { title, body: <UnknownStampPage context={context} serial={serial} /> })
    return sendPage(reply, context, { title, body: <StampPage context={context} stamp={stamp} /> })
  })
}

/** What went wrong, for people. */
export function refusalSentence(context: PageContext, refusal: Refusal): string {
  return refusalText(sayIn(context.language), refusal)
}

async function formPage(context: PageContext, given: { typed?: string; wrong?: string }) {
  const paths = await scriptPaths()
  const scripts = { worker: paths.script('check-worker.js'), words: paths.words('check', context.language) }
  return {
    title: sayIn(context.language)('cek.heading'),
    body: <CheckFormPage context={context} scripts={scripts} {...given} />,
    scripts: [paths.script('portal.js'), paths.script('check.js')],
  }
}

/** The one file of a form, on disk at `path`; answers the path. Refuses what is no form with a file. */
export async function receiveFile(request: FastifyRequest, path: string): Promise<string> {
  if (!request.isMultipart()) throw new RefusedError({ code: 'media_type_unsupported' })
  const limits = { fileSize: uploadBytesMax + 1, fields: 4, files: 1, parts: 5 }
  for await (const part of request.parts({ limits }))
    if (part.type === 'file') return (await storeUpload(part.file, path)).path
  throw new RefusedError({ code: 'file_empty' })
}
