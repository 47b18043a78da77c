import type { FastifyInstance } from 'fastify'
import type { Language } from '../../../base/text.ts'
import { accountKinds, identityFields, type AccountKind, type Identity } from '../../../identity/account-identity.ts'
import { keepPaper, readKeptPaper } from '../../../identity/papers/keep-paper.ts'
import { missingOfHolder, warningsOf } from '../../../identity/registration-draft.ts'
import { beginRegistration, fillRegistration } from '../../../identity/registrations.ts'
import { photoBytesMax, unprovenStampsMax } from '../../../limits/people.ts'
import { found, unwrap } from '../../api/people-parts.ts'
import { identityBody } from '../../api/registration-schemas.ts'
import { keptOrRefused, photoGiven, sendPhoto } from '../../api/sent-papers.ts'
import { Notice } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { FileField, TextField } from '../components/field.tsx'
import { formRoute, FormGuard, scriptsOf, wrongOf, Wrongs, type Again, type Fields, type FormError } from '../forms.tsx'
import { linkTo, linkWith, queryOf, type Say } from '../page-context.ts'
import { ownPathAsked } from '../signed-in.ts'
import type { PeoplePageParts } from './people-parts.ts'
import { afterPhoto, nextPage, RegistrationFrame, type RegistrationDesk } from './registration-step.tsx'

/** Who an account is for, who they are, and a photo of the card that says so. */
export function identitySteps(app: FastifyInstance, parts: PeoplePageParts, desk: RegistrationDesk): void {
  const { people, proofing, photos } = parts

  formRoute(app, parts, {
    path: '/daftar',
    enter: desk.enterFirst,
    async show({ context, say, request }, { draft }, again) {
      const next = ownPathAsked(again?.fields.one('next') || queryOf(request, 'next'))
      if (context.visitor !== undefined) return { to: next ?? '/akun' }
      const isUnderWay = draft?.registration.draft.ownerType !== undefined
      const body = (
        <RegistrationFrame say={say} at="identity" title={say('register.title')}>
          <p>{say('register.lead')}</p>
          {isUnderWay ? (
            <Notice tone="plain">
              <p>
                {say('register.resume')} <a href={nextPage(draft.registration)}>{say('register.resumeGo')}</a>
              </p>
            </Notice>
          ) : null}
          <Wrongs say={say} again={again} />
          <form method="post" action={linkTo(context, '/daftar')}>
            <FormGuard context={context} />
            {next === undefined ? null : <input type="hidden" name="next" value={next} />}
            <RadioCards
              name="ownerType"
              legend={say('register.ownerType')}
              value={draft?.registration.draft.ownerType ?? 'personal'}
              options={(['personal', 'company', 'government'] as const).map((kind) => ({
                value: kind,
                label: say(`register.kind.${kind}`),
                says: say(`register.kindSays.${kind}`),
              }))}
              {...wrongOf(again, 'ownerType')}
            />
            <Button>{say('register.next')}</Button>
          </form>
          <p>
            {say('register.known')} <a href={linkWith(context, '/masuk', { next })}>{say('signIn.submit')}</a>
          </p>
        </RegistrationFrame>
      )
      return { title: say('register.title'), body }
    },
    async act({ reply, context, say }, { draft }, fields) {
      const ownerType = accountKinds.find((kind) => kind === fields.one('ownerType'))
      if (ownerType === undefined) return { errors: [{ field: 'ownerType', says: say('register.ownerTypeMissing') }] }
      const applicant = draft?.applicant ?? (await beginRegistration(people, { language: context.language }))
      const { registrationId, token } = applicant
      unwrap(await fillRegistration(people, applicant, { ownerType, language: context.language }))
      desk.cookie.write(reply, { registrationId, token, next: ownPathAsked(fields.one('next')) ?? draft?.next })
      return { to: '/daftar/identitas' }
    },
    repeated: '/daftar/identitas',
  })

  formRoute(app, parts, {
    path: '/daftar/identitas',
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const { draft, hasPhoto } = registration
      const { ownerType } = draft
      if (ownerType === undefined) return { to: '/daftar' }
      const warnings = warningsOf(draft)
      const title = say(ownerType === 'personal' ? 'register.identityTitle' : 'register.holderTitle')
      const body = (
        <RegistrationFrame say={say} at="identity" title={title}>
          <Wrongs say={say} again={again} />
          {warnings.length === 0 || again !== undefined ? null : (
            <Notice tone="warn">
              <p>{say('register.warnings')}</p>
              <ul>
                {warnings.map((warning) => (
                  <li key={warning}>{say(`nikWarnings.${warning}`)}</li>
                ))}
              </ul>
              <p>
                <a href={linkTo(context, hasPhoto ? nextPage(registration) : '/daftar/foto')}>
                  {say('register.warningsGo')}
                </a>
              </p>
            </Notice>
          )}
          <form method="post" action={linkTo(context, '/daftar/identitas')}>
            <FormGuard context={context} />
            <IdentityFields say={say} kind={ownerType} identity={draft.identity} again={again} />
            <p class="soft">{say('register.sealed')}</p>
            <Button>{say('register.next')}</Button>
          </form>
        </RegistrationFrame>
      )
      return { title, body }
    },
    async act({ say }, { applicant, registration }, fields) {
      const read = readIdentityFields(say, fields, registration.draft.ownerType ?? 'personal')
      if (read.errors.length > 0) return read
      const filled = unwrap(await fillRegistration(people, applicant, { identity: read.identity }))
      // Told once more on this page, where it is put right or passed over.
      return { to: warningsOf(filled.registration.draft).length > 0 ? '/daftar/identitas' : '/daftar/foto' }
    },
    repeated: '/daftar/foto',
  })

  formRoute(app, parts, {
    path: '/daftar/foto',
    file: { bytesMax: photoBytesMax, isTheirs: desk.isUnderWay },
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const body = (
        <RegistrationFrame say={say} at="photo" title={say('register.photoTitle')}>
          <p>{say('register.photoLead', { limit: unprovenStampsMax })}</p>
          <Wrongs say={say} again={again} />
          {registration.hasPhoto ? (
            <>
              <p role="status">{say('register.photoKept')}</p>
              <img class="photo" src="/daftar/foto/gambar" alt={say('register.photoAlt')} />
              <LinkButton href={linkTo(context, afterPhoto(registration))}>{say('register.photoGood')}</LinkButton>
            </>
          ) : null}
          <form
            method="post"
            action={linkTo(context, '/daftar/foto')}
            enctype="multipart/form-data"
            data-photo={photoBytesMax}
          >
            <FormGuard context={context} />
            <FileField
              name="photo"
              label={say(registration.hasPhoto ? 'register.photoOther' : 'register.photo')}
              hint={say('register.photoHint')}
              words={say('register.photoChoose')}
              accept="image/jpeg,image/png"
              {...wrongOf(again, 'photo')}
            />
            <Button look={registration.hasPhoto ? 'quiet' : 'primary'}>{say('register.photoSend')}</Button>
          </form>
          {registration.hasPhoto ? null : (
            <p>
              <a href={linkTo(context, afterPhoto(registration))}>{say('register.photoLater')}</a>
            </p>
          )}
        </RegistrationFrame>
      )
      return { title: say('register.photoTitle'), body, scripts: await scriptsOf('photo.js') }
    },
    async act(_, { applicant, registration }, fields) {
      const photo = await photoGiven(photos, fields.file)
      const { registrationId } = applicant
      const kept = { kind: 'identity_card', file: photo, deleteAt: registration.expiresAt } as const
      keptOrRefused(await keepPaper(proofing, { owner: { registrationId }, ...kept }))
      return { to: '/daftar/foto' }
    },
  })

  app.get('/daftar/foto/gambar', { schema: { hide: true } }, async (request, reply) => {
    const who = await desk.enter(request, reply)
    if (who === undefined) return reply
    return sendPhoto(reply, found(await readKeptPaper(proofing, who.applicant, 'identity_card'), 'foto'))
  })
}

const organisationFields = ['name', 'npwp', 'nib', 'personInCharge', 'nik', 'birthDate', 'address'] as const
const personalFields = ['name', 'nik', 'birthDate', 'npwp', 'address'] as const
const numberFields = ['nik', 'npwp', 'nib'] as const

/** The fields of who holds an account of this kind, as they are asked for. */
export function identityFieldsOf(kind: AccountKind): readonly (keyof Identity)[] {
  if (kind === 'personal') return personalFields
  return kind === 'government' ? organisationFields.filter((field) => field !== 'nib') : organisationFields
}

/** What is known of one field, as people read it: a day is written out. */
export function identityText(field: keyof Identity, value: string, language: Language): string {
  if (field !== 'birthDate') return value
  const shown = { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' } as const
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'id-ID', shown).format(new Date(`${value}T00:00:00Z`))
}

/** The inputs for them; what is typed now comes before what was stored. */
export function IdentityFields(given: {
  say: Say
  kind: AccountKind
  identity: Partial<Identity>
  again: Again | undefined
}) {
  const { say, kind, identity, again } = given
  const needed = missingOfHolder({ ownerType: kind, identity: {} })
  const holder = kind === 'personal' ? 'personal' : 'organisation'
  return (
    <>
      {identityFieldsOf(kind).map((field) => {
        const isNeeded = needed.some((step) => step === field)
        const label = field === 'name' ? say(`register.name.${holder}`) : say(`register.field.${field}`)
        return (
          <TextField
            key={field}
            name={field}
            label={isNeeded ? label : `${label} (${say('register.optional')})`}
            hint={say(`register.hint.${field}`)}
            value={again?.fields.one(field) ?? identity[field] ?? ''}
            {...(field === 'birthDate' ? { type: 'date' } : {})}
            {...(numberFields.some((one) => one === field) ? { inputmode: 'numeric', maxLength: 30 } : {})}
            {...(field === 'name' && kind === 'personal' ? { autocomplete: 'name' } : {})}
            required={isNeeded}
            {...wrongOf(again, field)}
          />
        )
      })}
    </>
  )
}

/** Reads them by the rules of the API, each with what is wrong with it. */
export function readIdentityFields(
  say: Say,
  fields: Fields,
  kind: AccountKind,
): { identity: { [Field in keyof Identity]?: string | null }; errors: FormError[] } {
  const needed = missingOfHolder({ ownerType: kind, identity: {} })
  const asked = identityFieldsOf(kind)
  const errors: FormError[] = []
  const identity: { [Field in keyof Identity]?: string | null } = {}
  for (const field of identityFields) {
    const typed = asked.includes(field) ? fields.one(field).trim() : ''
    const parsed = identityBody.shape[field].safeParse(typed === '' ? null : typed)
    if (typed === '' && needed.some((step) => step === field))
      errors.push({ field, says: say(`register.missing.${field}`) })
    else if (!parsed.success) errors.push({ field, says: say(`register.wrong.${field}`) })
    else identity[field] = parsed.data ?? null
  }
  return { identity, errors }
}
