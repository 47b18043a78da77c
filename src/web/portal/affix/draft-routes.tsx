import type { FastifyInstance } from 'fastify'
import type { Stamped } from '../../../affixing/stampings.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { routes } from '../../../base/receiver.ts'
import { placementOf } from '../../../client/stamp-places.ts'
import { RefusedError, type Refusal } from '../../../errors.ts'
import { confirmByPin, confirmOtherwise, oneAffixing, type Confirmation } from '../../../identity/confirmations.ts'
import { readQuota } from '../../../ledger/balances.ts'
import { acceptForms, formRoute, type FormPage, type Visit } from '../forms.tsx'
import { linkTo, queryOf } from '../page-context.ts'
import { findDraftOrder, mayBuy, orderForDraft, payPath } from './draft-order.ts'
import { answersFor, answersOf, factsOf, placeFor } from './affix-form.ts'
import { formPlaces } from './affix-page.tsx'
import { confirmingOf } from './affixer.ts'
import { DraftChangePage, DraftPage, OtherWayPage, type DraftShown } from './draft-pages.tsx'
import { draftPattern, enterDraft, gone, heldLooking, type DraftParts, type Held } from './held-draft.ts'
import { drawPage, pageWidth } from './page-picture.ts'
import { photoRoutes } from './photo-routes.tsx'

/** The way without a script after the upload: look, change, confirm. In a scope of their own, which takes forms. */
export async function draftRoutes(app: FastifyInstance, parts: DraftParts): Promise<void> {
  const database = parts.affixing.database
  const given = { ...parts, database }
  await app.register(async (pages) => {
    acceptForms(pages)
    formRoute(pages, given, checkPage(parts))
    formRoute(pages, given, changePage(parts))
    formRoute(pages, given, otherWayPage(parts))
    photoRoutes(pages, given)
  })
  app.get<{ Params: { id: string } }>(
    `${draftPattern}/halaman.png`,
    { schema: { hide: true } },
    async (request, reply) => {
      const held = await heldLooking(request, parts)
      const { place } = await lookAt(held, parts)
      const picture = await drawPage(held.drafts.path(held.id, held.draft), {
        page: place.page,
        widthPixels: pageWidth,
      })
      if (picture === undefined) throw gone()
      return reply.type('image/png').header('cache-control', 'private, no-store').send(picture)
    },
  )
}

async function lookAt({ drafts, draft, id }: Held, parts: DraftParts) {
  const looked = await parts.uploadCheck.look(drafts.path(id, draft))
  const answers = answersFor(draft, looked)
  return { ...looked, answers, place: placeFor(answers, looked) }
}

async function shownOf(held: Held, parts: DraftParts): Promise<DraftShown> {
  const { document, suggested, answers, place } = await lookAt(held, parts)
  const { accountId } = held.affixer
  const quota = await readQuota(parts.affixing.database.sql, { accountId, ledger: 'stamps' })
  const page = document.pages[place.page - 1] ?? { width: 595, height: 842 }
  const places = formPlaces.filter(
    (each) =>
      (each !== 'signature' || document.signatureBoxes.length > 0) && (each !== 'spot' || suggested.spot !== undefined),
  )
  const { guess } = suggested
  return { ...held, answers, guess, places, pages: document.pages.length, page, place, quota: Number(quota.available) }
}

function checkPage(parts: DraftParts): FormPage<Held> {
  return {
    path: draftPattern,
    enter: (request, reply) => enterDraft(request, reply, parts),
    async show(visit, held, again) {
      const shown = await shownOf(held, parts)
      const title = visit.say('affix.reviewHeading')
      const order = await orderOf(visit, held, parts)
      const buying = { order, mayBuy: mayBuy(parts, held.affixer) }
      return { title, body: <DraftPage visit={visit} shown={shown} buying={buying} again={again} />, isPrivate: true }
    },
    async act(visit, held, fields) {
      const order = await orderOf(visit, held, parts)
      if (order?.state === 'usable') return stampDraft(visit, held, { ...parts, orderId: order.id })
      const authorization = await confirmDraft(held, parts, fields.one('pin'))
      if (fields.one('act') === 'buy') return orderDraft(visit, held, { ...parts, authorization })
      return stampDraft(visit, held, { ...parts, authorization })
    },
  }
}

/** The order for this document: the one that the way back from paying names, else the one that was placed here. */
function orderOf({ request }: Visit, { affixer, draft }: Held, parts: DraftParts) {
  const id = queryOf(request, 'pesanan') ?? draft.orderId ?? ''
  return findDraftOrder({ ...parts, database: parts.affixing.database }, { accountId: affixer.accountId, id })
}

/** Orders the stamp that is missing for just this document, and leads to where it is paid and back. */
async function orderDraft(visit: Visit, held: Held, on: StampingParts) {
  const { affixer, drafts, draft, id, path } = held
  const { document, answers, place } = await lookAt(held, on)
  const wish = {
    facts: factsOf(answers, draft.fileName),
    placement: placementOf(place),
    sourceSha256: draft.sha256,
    sourceLength: draft.length,
    pageCount: document.pages.length,
    additional: answers.additional === 'yes',
    authorization: on.authorization,
  }
  const orderId = await orderForDraft({ ...on, database: on.affixing.database }, { affixer, id, wish })
  await drafts.change(id, { ...draft, orderId })
  return { to: payPath(orderId, linkTo(visit.context, path)) }
}

/** What the PIN confirms: one stamp on this document. */
async function confirmDraft({ affixer, draft }: Held, parts: DraftParts, pin: string): Promise<string> {
  const who = confirmingOf(affixer)
  if (parts.confirming === undefined) throw new RefusedError({ code: 'pin_not_set' })
  const confirming = { ...parts.confirming, database: parts.affixing.database }
  return unwrap<Confirmation>(await confirmByPin(confirming, { who, what: oneAffixing(draft.sha256), pin }))
    .authorization
}

function unwrap<T extends { ok: true }>(outcome: T | { ok: false; refusal: Refusal }): T {
  if (!outcome.ok) throw new RefusedError(outcome.refusal)
  return outcome
}

/** What confirms it: the PIN, or the paid order (`ord_...`) that it was confirmed for. */
type StampingParts = DraftParts & { authorization?: string; orderId?: string }

/** Stamps it. Who sends the same from two tabs at once finds in the second what came of the first. */
async function stampDraft(visit: Visit, held: Held, on: StampingParts) {
  try {
    return await stampOnce(visit, held, on)
  } catch (error) {
    const now = await held.drafts.find(held.id)
    if (now?.affixingId === undefined) throw error
    return { to: linkTo(visit.context, `/bubuhkan/${now.affixingId}`) }
  }
}

async function stampOnce(visit: Visit, held: Held, on: StampingParts) {
  const { affixer, drafts, draft, id } = held
  const { document, answers, place } = await lookAt(held, on)
  const { page, ...box } = placementOf(place)
  const stamped = await on.stampings.stamp({
    caller: affixer,
    key: `form-${id}`,
    facts: factsOf(answers, draft.fileName),
    placement: { ...box, page: Math.min(page, document.pages.length) },
    additional: answers.additional === 'yes',
    authorization: on.authorization,
    intentOrderId: on.orderId === undefined ? undefined : parsePublicId('order', on.orderId),
    upload: await drafts.copy(id, draft),
  })
  const affixingId = affixingOf(stamped)
  visit.request.log.info({ affixingId, ok: stamped.ok }, 'stamped')
  if (affixingId === undefined) {
    if (stamped.ok) throw new Error('stamped without an affixing')
    throw new RefusedError(stamped.refusal)
  }
  await drafts.finish(id, draft, affixingId)
  return { to: linkTo(visit.context, `/bubuhkan/${affixingId}`) }
}

/** The affixing that this document has now, made by this form or by an earlier one: its page is where the person wants to be. */
function affixingOf(stamped: Stamped): string | undefined {
  if (stamped.ok) return publicId('affixing', stamped.affixing.id)
  const { code, values } = stamped.refusal
  const id = values?.['affixingId']
  return (code === 'already_stamped' || code === 'already_reserved') && typeof id === 'string' ? id : undefined
}

/** Password and code, where the PIN cannot be used. */
function otherWayPage(parts: DraftParts): FormPage<Held> {
  return {
    path: `${draftPattern}/cara-lain`,
    enter: (request, reply) => enterDraft(request, reply, parts),
    async show(visit, { draft, path }, again) {
      const isSent = draft.codeId !== undefined
      const body = <OtherWayPage visit={visit} path={path} isSent={isSent} again={again} />
      return { title: visit.say('affix.otherHeading'), body, isPrivate: true }
    },
    async act(visit, held, fields) {
      const { affixer, drafts, draft, id, path } = held
      const who = confirmingOf(affixer)
      if (parts.confirming === undefined) return { to: linkTo(visit.context, path) }
      const confirming = { ...parts.confirming, database: parts.affixing.database }
      const { personId, accountId } = who
      if (fields.one('act') === 'send') {
        const route = routes.find((each) => each === fields.one('route')) ?? 'email'
        const { language } = visit.context
        const ask = { personId, accountId, purpose: 'affixing', route, language } as const
        const { codeId } = unwrap(await confirming.proofs.requestCode(ask))
        await drafts.change(id, { ...draft, codeId })
        return { to: linkTo(visit.context, `${path}/cara-lain`) }
      }
      const { codeId = '' } = draft
      const proof = { kind: 'code', password: fields.one('password'), codeId, code: fields.one('code') } as const
      const what = oneAffixing(draft.sha256)
      const { authorization } = unwrap<Confirmation>(await confirmOtherwise(confirming, { who, what, proof }))
      return stampDraft(visit, held, { ...parts, authorization })
    },
  }
}

function changePage(parts: DraftParts): FormPage<Held> {
  return {
    path: `${draftPattern}/ubah`,
    enter: (request, reply) => enterDraft(request, reply, parts),
    async show(visit, held, again) {
      const shown = await shownOf(held, parts)
      const answers = again === undefined ? shown.answers : answersOf(again.fields)
      const body = <DraftChangePage visit={visit} shown={{ ...shown, answers }} again={again} />
      return { title: visit.say('affix.detailsHeading'), body, isPrivate: true }
    },
    async act({ context }, held, fields) {
      const { drafts, draft, id, path } = held
      const answers = answersOf(fields)
      // what cannot be is refused here, where it can be corrected
      factsOf(answers, draft.fileName)
      placeFor(answers, await parts.uploadCheck.look(drafts.path(id, draft)))
      await drafts.change(id, { ...draft, answers })
      return { to: linkTo(context, path) }
    },
  }
}
