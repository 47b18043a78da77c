import { publicId } from '../../../base/ids.ts'
import type { TextKey } from '../../../base/text.ts'
import type { AccountKey } from '../../../identity/account-keys.ts'
import { permissions } from '../../../identity/roles.ts'
import { keyChangeBody } from '../../api/key-schemas.ts'
import { Button } from '../components/button.tsx'
import { TextField } from '../components/field.tsx'
import { dayText, Moment } from '../components/moment.tsx'
import { FormGuard, wrongOf, type Again, type Fields, type FormError, type Visit } from '../forms.tsx'
import { linkTo, type Say } from '../page-context.ts'
import { digitsTyped } from '../typed-number.ts'

const limitNames = ['dailyLimit', 'openLimit'] as const
type LimitName = (typeof limitNames)[number]
/** Null: none. */
type Limits = Record<LimitName, number | null>

/** The label of a field that may stay empty. */
export const optional = (say: Say, key: TextKey): string => `${say(key)} (${say('register.optional')})`

/** A limit's field: one of several forms on the page names its key. */
const fieldName = (name: LimitName, of: string | undefined) => (of === undefined ? name : `${name}-${of}`)

/** What a key may use: of a new one, or of the one whose public id is `of`. */
export function KeyLimitFields(given: {
  say: Say
  again: Again | undefined
  of?: string
  limits?: AccountKey['limits']
}) {
  const { say, again, of, limits = {} } = given
  return (
    <>
      {limitNames.map((limit) => {
        const name = fieldName(limit, of)
        return (
          <TextField
            key={name}
            name={name}
            label={optional(say, `own.${limit}`)}
            hint={say(`own.${limit}Hint`)}
            value={again?.fields.one(name) ?? limits[limit]?.toString() ?? ''}
            inputmode="numeric"
            look="short"
            maxLength={9}
            {...wrongOf(again, name)}
          />
        )
      })}
    </>
  )
}

/** The limits that were typed, by the rules of the API; an empty one is none. */
export function keyLimitsOf(say: Say, fields: Fields, of?: string): { limits: Limits } | { errors: FormError[] } {
  const read = limitNames.map((limit) => {
    const field = fieldName(limit, of)
    const digits = digitsTyped(fields.one(field))
    return { field, ...keyChangeBody.shape[limit].safeParse(digits === '' ? null : Number(digits)) }
  })
  const wrong = read.filter(({ success }) => !success)
  if (wrong.length > 0) return { errors: wrong.map(({ field }) => ({ field, says: say('own.limitWrong') })) }
  const [dailyLimit = null, openLimit = null] = read.map(({ data }) => data ?? null)
  return { limits: { dailyLimit, openLimit } }
}

/** The last moment of a day in Jakarta (`2026-11-27`); undefined where none was typed, an invalid date where it is no day. */
export function endOfDay(typed: string): Date | undefined {
  return typed === '' ? undefined : new Date(`${typed}T23:59:59+07:00`)
}

/** One key as its owner sees it: what it may, what it used, and how to end it. */
export function KeyCard({
  context,
  say,
  path,
  stored,
  again,
}: Visit & { path: string; stored: AccountKey; again: Again | undefined }) {
  const { language } = context
  const { name, kind, lastFour, limits } = stored
  const id = publicId('key', stored.id)
  const changing = again?.fields.one('change') === id ? again : undefined
  return (
    <section class="card">
      <h2>{name}</h2>
      <p>
        <code>
          mk_{kind}_…{lastFour}
        </code>
      </p>
      <dl class="facts">
        <dt>{say('own.keyKindLegend')}</dt>
        <dd>{say(`own.keyKind.${kind}`)}</dd>
        <dt>{say('own.keyMay')}</dt>
        <dd>{(stored.scopes ?? permissions).map((one) => say(`own.scope.${one}`)).join(', ')}</dd>
        <dt>{say('own.keyLimits')}</dt>
        <dd>{limitWords(say, limits)}</dd>
        <dt>{say('own.keySince')}</dt>
        <dd>
          <Moment at={stored.createdAt} language={language} />
        </dd>
        <dt>{say('own.until')}</dt>
        <dd>
          {stored.expiresAt === undefined ? say('own.keyNoEnd') : <Moment at={stored.expiresAt} language={language} />}
        </dd>
        <dt>{say('own.keyLast')}</dt>
        <dd>
          {stored.lastUsedOn === undefined
            ? say('own.keyUnused')
            : dayText(new Date(`${stored.lastUsedOn}T05:00:00Z`), language)}
        </dd>
      </dl>
      <details open={changing !== undefined}>
        <summary>
          {say('own.keyChange')}
          <span class="unseen"> {name}</span>
        </summary>
        <form method="post" action={linkTo(context, path)}>
          <FormGuard context={context} />
          <KeyLimitFields say={say} again={changing} of={id} limits={limits} />
          <Button look="quiet" name="change" value={id}>
            {say('own.save')}
          </Button>
        </form>
      </details>
      <details>
        <summary>
          {say('own.keyRevoke')}
          <span class="unseen"> {name}</span>
        </summary>
        <form method="post" action={linkTo(context, path)}>
          <FormGuard context={context} />
          <p>{say('own.keyRevokeLead')}</p>
          <Button look="bad" name="revoke" value={id}>
            {say('own.keyRevoke')}
          </Button>
        </form>
      </details>
    </section>
  )
}

function limitWords(say: Say, { dailyLimit, openLimit }: AccountKey['limits']): string {
  const words = [
    ...(dailyLimit === undefined ? [] : [say('own.dailyLimitIs', { stamps: dailyLimit })]),
    ...(openLimit === undefined ? [] : [say('own.openLimitIs', { stamps: openLimit })]),
  ]
  return words.join(', ') || say('own.limitNone')
}
