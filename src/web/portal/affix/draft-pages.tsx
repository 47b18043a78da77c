import { routes } from '../../../base/receiver.ts'
import type { DocumentGuess } from '../../../client/document-guess.ts'
import type { StampPlace } from '../../../client/stamp-places.ts'
import { documentTypeName, dutyRupiah } from '../../../stamp/document-types.ts'
import { pointsPerUnit } from '../../../stamp/recipe.ts'
import { Notice, SummaryList } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { dayText } from '../components/moment.tsx'
import { FormGuard, wrongOf, Wrongs, type Again, type Visit } from '../forms.tsx'
import { linkTo, linkWith } from '../page-context.ts'
import { buyPath } from '../buy/buy-parts.ts'
import { payPath, type DraftOrder } from './draft-order.ts'
import { AffixSteps, PlaceRule, PlainFields, type FormPlace } from './affix-page.tsx'
import type { AffixAnswers, FormDraft } from './form-draft.ts'

/** A document before it is stamped: where its page lies, what was found in it, and where the stamp will stand. */
export type DraftShown = {
  path: string
  draft: FormDraft
  /** What was filled in, or what the document suggests. */
  answers: AffixAnswers
  guess: DocumentGuess
  /** What may be chosen. */
  places: readonly FormPlace[]
  pages: number
  page: { width: number; height: number }
  place: StampPlace
  /** In stamps. */
  quota: number
}

type DraftPageGiven = {
  visit: Visit
  shown: DraftShown
  /** The order for just this document, where one was placed; and whether one may be. */
  buying: { order: DraftOrder | undefined; mayBuy: boolean }
  again: Again | undefined
}

/** Everything once more, with a picture of the page; then the PIN and the act. */
export function DraftPage({ visit, shown, buying, again }: DraftPageGiven) {
  const { context, say } = visit
  const { path, draft, answers, place, quota } = shown
  const price = `Rp${new Intl.NumberFormat(context.language).format(dutyRupiah)}`
  const mm = (points: number) =>
    new Intl.NumberFormat(context.language, { maximumFractionDigits: 1 }).format(points / pointsPerUnit.mm)
  const at = { page: place.page, left: mm(place.left), bottom: mm(place.bottom), side: mm(place.side) }
  const change = (label: string) => ({ href: linkTo(context, `${path}/ubah`), label: say('parts.change'), says: label })
  const row = (label: string, value: string) => ({ label, value, change: change(label) })
  return (
    <>
      <h1>{say('affix.reviewHeading')}</h1>
      <AffixSteps say={say} at={3} />
      <Wrongs say={say} again={again} />
      <OwnOriginal visit={visit} shown={shown} />
      <PagePicture shown={shown} says={say('affix.thumbnail')} />
      <SummaryList
        rows={[
          {
            label: say('affix.document'),
            value: `${draft.fileName} (${say('affix.pages', { pages: shown.pages })})`,
          },
          row(say('affix.type'), documentTypeName(answers.type ?? '') ?? ''),
          row(say('affix.number'), answers.number || say('affix.none')),
          row(
            say('affix.date'),
            answers.date ? dayText(new Date(`${answers.date}T05:00:00Z`), context.language) : say('affix.none'),
          ),
          ...(answers.tag ? [row(say('tag.label'), answers.tag)] : []),
          row(say('affix.place'), say('affix.placeAt', at)),
          { label: say('affix.price'), value: price },
          {
            label: say('affix.quota'),
            value: say('affix.quotaAfter', { available: quota, after: Math.max(0, quota - 1) }),
          },
        ]}
      />
      {answers.additional === 'yes' ? (
        <Notice tone="warn">
          <p>{say('affix.isAdditional')}</p>
        </Notice>
      ) : null}
      <DraftAct visit={visit} shown={shown} buying={buying} again={again} />
      {buying.order?.state === 'usable' || quota < 1 ? null : (
        <p>
          <a href={linkTo(context, `${path}/cara-lain`)}>{say('affix.otherWay')}</a>
        </p>
      )}
      <p>
        <a href={linkTo(context, `${path}/ubah`)}>{say('parts.back')}</a>
      </p>
    </>
  )
}

/** The one act that is next: affixing by PIN or by what was paid for just this, paying, or buying what is missing. */
function DraftAct({ visit, shown, buying, again }: DraftPageGiven) {
  const { context, say } = visit
  const { path, quota } = shown
  const { order, mayBuy } = buying
  const demoPin = context.visitor?.demoPin
  const isPaid = order?.state === 'usable'
  const isMissing = quota < 1 && !isPaid
  const price = `Rp${new Intl.NumberFormat(context.language).format(dutyRupiah)}`
  if (order?.state === 'unpaid' && isMissing)
    return (
      <>
        <Notice tone="warn">
          <p>{say('affix.notPaid')}</p>
        </Notice>
        <LinkButton href={payPath(order.id, linkTo(context, path))}>{say('affix.toPay')}</LinkButton>
      </>
    )
  if (isMissing && !mayBuy)
    return (
      <Notice tone="warn">
        <p>{say('affix.quotaMissingAsk')}</p>
      </Notice>
    )
  return (
    <form method="post" action={linkWith(context, path, { pesanan: isPaid ? order.id : undefined })}>
      <FormGuard context={context} />
      {isMissing ? (
        <Notice tone="warn">
          <p>{say('affix.quotaMissingHere')}</p>
        </Notice>
      ) : null}
      {isPaid ? (
        <Notice tone="good">
          <p>{say('affix.paidForThis')}</p>
        </Notice>
      ) : (
        <CodeField
          name="pin"
          purpose="pin"
          label={say('affix.pin')}
          hint={demoPin === undefined ? say('affix.pinHint') : say('demo.pin', { pin: demoPin })}
          {...wrongOf(again, 'pin')}
        />
      )}
      {isMissing ? (
        <>
          <Button name="act" value="buy">
            {say('affix.buyMissing', { missing: 1, price })}
          </Button>
          <p>
            <a href={linkWith(context, buyPath, { kembali: path })}>{say('affix.buyMore')}</a>
          </p>
        </>
      ) : (
        <Button>{say('affix.submit')}</Button>
      )}
    </form>
  )
}

/** Password and code in the place of the PIN: first where the code shall come, then both. */
export function OtherWayPage({
  visit,
  path,
  isSent,
  again,
}: {
  visit: Visit
  path: string
  isSent: boolean
  again: Again | undefined
}) {
  const { context, say } = visit
  return (
    <div class="narrow">
      <h1>{say('affix.otherHeading')}</h1>
      <Wrongs say={say} again={again} />
      {isSent ? (
        <form method="post" action={linkTo(context, `${path}/cara-lain`)}>
          <FormGuard context={context} />
          <p role="status">{say('affix.otherSent')}</p>
          {context.demo ? (
            <p>
              {say('codes.inbox')} <a href={linkTo(context, '/inbox')}>{say('codes.inboxLink')}</a>
            </p>
          ) : null}
          <CodeField name="code" purpose="code" label={say('affix.otherCode')} {...wrongOf(again, 'code')} />
          <TextField
            name="password"
            type="password"
            label={say('affix.otherPassword')}
            autocomplete="current-password"
            required
            {...wrongOf(again, 'password')}
          />
          <Button>{say('affix.submit')}</Button>
        </form>
      ) : null}
      <form method="post" action={linkTo(context, `${path}/cara-lain`)}>
        <FormGuard context={context} />
        <p>{say('affix.otherHint')}</p>
        <RadioCards
          name="route"
          legend={say('affix.otherRoute')}
          value={again?.fields.one('route') || 'email'}
          options={routes.map((route) => ({ value: route, label: say(`routes.${route}`) }))}
        />
        <Button look={isSent ? 'quiet' : 'primary'} name="act" value="send">
          {say('affix.otherSend')}
        </Button>
      </form>
      <p>
        <a href={linkTo(context, path)}>{say('parts.back')}</a>
      </p>
    </div>
  )
}

/** Where photos were sent: the PDF they are, which nobody has but us until it is saved; and the way back to their order. */
function OwnOriginal({ visit: { context, say }, shown: { draft, path } }: { visit: Visit; shown: DraftShown }) {
  if (draft.photos === undefined) return null
  return (
    <Notice tone="good">
      <p>{say('affix.made')}</p>
      <p>
        <a class="tall" href={`${path}/asli.pdf`} download="">
          {say('affix.saveOriginal')}
        </a>{' '}
        <a class="tall" href={linkTo(context, `${path}/foto`)}>
          {say('affix.photosEdit')}
        </a>
      </p>
    </Notice>
  )
}

/** The page with a seal where the stamp will stand: an empty sheet of the right size where no picture can be had. */
function PagePicture({ shown, says }: { shown: DraftShown; says: string }) {
  const { page, place, path } = shown
  const top = page.height - place.bottom - place.side
  const half = place.side / 2
  const [x, y] = [place.left + half, top + half]
  return (
    <svg class="sheet sheet-drawn" viewBox={`0 0 ${page.width} ${page.height}`} role="img" aria-label={says}>
      <rect width={page.width} height={page.height} fill="#fff" />
      <image href={`${path}/halaman.png?${place.page}`} width={page.width} height={page.height} />
      <rect class="seal" x={place.left} y={top} width={place.side} height={place.side} rx={place.side / 12} />
      <circle class="seal" cx={x} cy={y} r={half * 0.72} />
      <circle class="seal" cx={x} cy={y} r={half * 0.5} />
    </svg>
  )
}

/** What was filled in, to be filled in otherwise. */
export function DraftChangePage({
  visit,
  shown,
  again,
}: {
  visit: Visit
  shown: DraftShown
  again: Again | undefined
}) {
  const { context, say } = visit
  const { path } = shown
  return (
    <>
      <h1>{say('affix.detailsHeading')}</h1>
      <AffixSteps say={say} at={1} />
      <Wrongs say={say} again={again} />
      <OwnOriginal visit={visit} shown={shown} />
      <PlaceRule say={say} />
      <PagePicture shown={shown} says={say('affix.thumbnail')} />
      <form method="post" action={linkTo(context, `${path}/ubah`)}>
        <FormGuard context={context} />
        <PlainFields say={say} {...shown} />
        <Button>{say('parts.continue')}</Button>
      </form>
      <p>
        <a href={linkTo(context, '/bubuhkan')}>{say('affix.otherFile')}</a>
      </p>
    </>
  )
}
