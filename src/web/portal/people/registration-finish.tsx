import type { FastifyInstance } from 'fastify'
import { readAccount } from '../../../identity/account-life.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { deviceLabel } from '../../../identity/devices.ts'
import { papersOf } from '../../../identity/papers/paper-kinds.ts'
import { setFirstPin } from '../../../identity/pin-changes.ts'
import { readPinState } from '../../../identity/pins.ts'
import { askProvider } from '../../../identity/proofing.ts'
import { consentDocuments } from '../../../identity/registered-accounts.ts'
import { completeRegistration } from '../../../identity/registrations.ts'
import { unprovenStampsMax } from '../../../limits/people.ts'
import { unwrap } from '../../api/people-parts.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { StateWord, SummaryList, Verdict } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { CodeField, TextField } from '../components/field.tsx'
import { formRoute, FormGuard, wrongOf, Wrongs, type Again, type FormError } from '../forms.tsx'
import { linkTo, linkWith, queryOf, type Say } from '../page-context.ts'
import { ownPathAsked, signedInOf } from '../signed-in.ts'
import type { PeoplePageParts } from './people-parts.ts'
import { proofingTone } from './proofing-words.ts'
import { identityFieldsOf, identityText } from './registration-identity.tsx'
import { nextPage, papersPath, RegistrationFrame, type RegistrationDesk } from './registration-step.tsx'

/** The last look, the account, and its PIN. */
export function finishSteps(app: FastifyInstance, parts: PeoplePageParts, desk: RegistrationDesk): void {
  const { people, proofing, confirming, database } = parts
  const afterOpening = confirming === undefined ? '/daftar/selesai' : '/daftar/pin'

  formRoute(app, parts, {
    path: '/daftar/periksa',
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const next = nextPage(registration)
      const { draft, emailProven, phoneProven, hasPhoto, papers } = registration
      if (next !== '/daftar/periksa' || draft.ownerType === undefined) return { to: next }
      const kind = draft.ownerType
      const holder = kind === 'personal' ? 'personal' : 'organisation'
      const rowOf = (label: string, value: string, path: string) => ({
        label,
        value,
        change: { href: linkTo(context, path), label: say('register.change'), says: label },
      })
      const identity = identityFieldsOf(kind).flatMap((field) => {
        const value = draft.identity[field]
        const label = field === 'name' ? say(`register.name.${holder}`) : say(`register.field.${field}`)
        return value === undefined
          ? []
          : [rowOf(label, identityText(field, value, context.language), '/daftar/identitas')]
      })
      const contacts = [emailProven ? draft.email : undefined, phoneProven ? draft.phone : undefined]
      const body = (
        <RegistrationFrame say={say} at="review" title={say('register.reviewTitle')}>
          <Wrongs say={say} again={again} />
          <SummaryList
            rows={[
              rowOf(say('register.ownerType'), say(kindKey(kind)), '/daftar'),
              ...identity,
              rowOf(
                say('register.photo'),
                say(hasPhoto ? 'register.photoThere' : 'register.photoNone'),
                '/daftar/foto',
              ),
              ...(papersOf(kind).length === 0
                ? []
                : [
                    rowOf(
                      say('papers.title'),
                      papers.map((paper) => say(`paperNames.${paper}`)).join(', ') || say('papers.none'),
                      papersPath,
                    ),
                  ]),
              rowOf(say('register.contact'), contacts.filter((one) => one !== undefined).join(', '), '/daftar/kontak'),
              rowOf(say('signIn.password'), '••••••••••', '/daftar/sandi'),
            ]}
          />
          <form method="post" action={linkTo(context, '/daftar/periksa')}>
            <FormGuard context={context} />
            <label class="choice" for="consent">
              <input id="consent" type="checkbox" name="consent" value="yes" required />
              <span>
                {say('register.consent', { version: consentDocuments.terms })}
                {again?.errors.some(({ field }) => field === 'consent') === true ? (
                  <span class="wrong"> {say('register.consentMissing')}</span>
                ) : null}
              </span>
            </label>
            <p>
              <a href={linkTo(context, '/ketentuan')} target="_blank" rel="noopener">
                {say('register.terms')}
              </a>
            </p>
            <Button>{say('register.open')}</Button>
          </form>
        </RegistrationFrame>
      )
      return { title: say('register.reviewTitle'), body }
    },
    async act({ request, reply, say, context }, { applicant, next }, fields) {
      if (fields.one('consent') !== 'yes')
        return { errors: [{ field: 'consent', says: say('register.consentMissing') }] }
      const device = deviceLabel(request.headers['user-agent'])
      const { registered } = unwrap(await completeRegistration(people, applicant, { device }))
      const { accountId, signedIn } = registered
      await askProvider(proofing, { accountId })
      sessionDoorOf(request)?.admit(reply, signedIn.token.text)
      desk.cookie.clear(reply)
      return { to: linkWith(context, afterOpening, { next }) }
    },
    repeated: afterOpening,
  })

  if (confirming !== undefined)
    formRoute(app, parts, {
      path: '/daftar/pin',
      enter: signedInOf,
      async show({ context, say, request }, { person }, again) {
        const next = ownPathAsked(again?.fields.one('next') || queryOf(request, 'next'))
        const done = linkWith(context, '/daftar/selesai', { next })
        if ((await readPinState({ ...confirming, database }, person.personId)).isSet) return { to: done }
        const body = (
          <RegistrationFrame say={say} at="pin" title={say('own.pinFirst')}>
            <p>{say('own.pinLead')}</p>
            <Wrongs say={say} again={again} />
            <form method="post" action={linkTo(context, '/daftar/pin')}>
              <FormGuard context={context} />
              {next === undefined ? null : <input type="hidden" name="next" value={next} />}
              <TextField
                name="password"
                type="password"
                label={say('signIn.password')}
                autocomplete="current-password"
                required
                {...wrongOf(again, 'password')}
              />
              <NewPinFields say={say} again={again} />
              <Button>{say('own.pinSave')}</Button>
            </form>
          </RegistrationFrame>
        )
        return { title: say('own.pinFirst'), body }
      },
      async act({ say, context }, caller, fields) {
        const errors = newPinErrors(say, fields.one('newPin'), fields.one('newPinAgain'))
        if (errors.length > 0) return { errors }
        const who = { accountId: caller.accountId, personId: caller.person.personId, actor: actorOf(caller) }
        unwrap(
          await setFirstPin(
            { ...confirming, database },
            { who, pin: fields.one('newPin'), password: fields.one('password') },
          ),
        )
        return { to: linkWith(context, '/daftar/selesai', { next: ownPathAsked(fields.one('next')) }) }
      },
      repeated: '/daftar/selesai',
    })

  formRoute(app, parts, {
    path: '/daftar/selesai',
    enter: signedInOf,
    async show({ context, say, request }, { accountId }) {
      const next = ownPathAsked(queryOf(request, 'next'))
      const account = await readAccount(database.sql, accountId)
      const state = account?.proofing ?? 'unproven'
      const body = (
        <div class="narrow">
          <h1>{say('register.doneTitle')}</h1>
          <Verdict tone="good" sentence={say('register.done')} />
          <p>
            {say('own.identity')}: <StateWord tone={proofingTone[state]}>{say(`proofingStates.${state}`)}</StateWord>
          </p>
          {state === 'proven' ? null : (
            <>
              <p>{say('register.doneUnproven', { limit: unprovenStampsMax })}</p>
              <p>
                <a href={linkTo(context, '/akun/identitas')}>{say('own.identityGo')}</a>
              </p>
            </>
          )}
          <LinkButton href={next ?? linkTo(context, '/bubuhkan')}>
            {say(next === undefined ? 'home.stampHeading' : 'register.doneNext')}
          </LinkButton>
        </div>
      )
      return { title: say('register.doneTitle'), body }
    },
    act: () => Promise.resolve({ to: '/daftar/selesai' }),
  })
}

const kindKey = (kind: string) =>
  kind === 'company' || kind === 'government' ? (`register.kind.${kind}` as const) : 'register.kind.personal'

/** A new PIN, twice: nobody sees what they type. */
export function NewPinFields({ say, again }: { say: Say; again: Again | undefined }) {
  return (
    <>
      <CodeField
        name="newPin"
        label={say('own.pinNew')}
        hint={say('own.pinHint')}
        purpose="pin"
        {...wrongOf(again, 'newPin')}
      />
      <CodeField name="newPinAgain" label={say('own.pinAgain')} purpose="pin" {...wrongOf(again, 'newPinAgain')} />
    </>
  )
}

/** What is wrong with how a new PIN was typed; whether it is a good one is the PIN's own rule. */
export function newPinErrors(say: Say, pin: string, again: string): FormError[] {
  if (!/^\d{6}$/.test(pin)) return [{ field: 'newPin', says: say('own.pinDigits') }]
  return pin === again ? [] : [{ field: 'newPinAgain', says: say('own.pinDiffers') }]
}
