import type { FastifyInstance } from 'fastify'
import { accountKinds } from '../../../identity/account-identity.ts'
import { consentDocuments, openAnotherAccount } from '../../../identity/registered-accounts.ts'
import { chooseAccount } from '../../../identity/sessions.ts'
import { unwrap } from '../../api/people-parts.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { Checkbox } from '../components/choices.tsx'
import { formRoute, FormGuard, type Again, type Visit } from '../forms.tsx'
import { linkTo, queryOf } from '../page-context.ts'
import { personIn } from '../signed-in.ts'
import { OwnFrame, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { IdentityFields, readIdentityFields } from './registration-identity.tsx'

const kinds = ['company', 'government', 'personal'] as const

/** Another account of somebody who is signed in, such as their company's: whom it is for, then who that is. */
export function anotherAccountPage(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database } = parts
  const kindOf = ({ request }: Visit, again?: Again) => {
    const named = again?.fields.one('ownerType') ?? queryOf(request, 'untuk')
    return accountKinds.find((kind) => kind === named)
  }

  formRoute(app, parts, {
    path: '/akun/baru',
    enter: personIn,
    async show(visit, _, again) {
      const { context, say } = visit
      const kind = kindOf(visit, again)
      const body = (
        <OwnFrame {...visit} title={say('own.another')} again={again}>
          {kind === undefined ? (
            <>
              <p>{say('register.ownerType')}</p>
              {kinds.map((one) => (
                <LinkButton key={one} look="quiet" href={`/akun/baru?untuk=${one}`}>
                  {say(`register.kind.${one}`)}
                </LinkButton>
              ))}
            </>
          ) : (
            <form method="post" action={linkTo(context, '/akun/baru')}>
              <FormGuard context={context} />
              <input type="hidden" name="ownerType" value={kind} />
              <IdentityFields say={say} kind={kind} identity={{}} again={again} />
              <Checkbox name="consent" label={say('register.consent', { version: consentDocuments.terms })} />
              <p>
                <a href={linkTo(context, '/ketentuan')} target="_blank" rel="noopener">
                  {say('register.terms')}
                </a>
              </p>
              <Button>{say('register.open')}</Button>
            </form>
          )}
        </OwnFrame>
      )
      return { title: say('own.another'), body }
    },
    async act({ say }, { personId, sessionId }, fields) {
      const kind = accountKinds.find((one) => one === fields.one('ownerType')) ?? 'personal'
      const { identity, errors } = readIdentityFields(say, fields, kind)
      if (fields.one('consent') !== 'yes') errors.push({ field: 'consent', says: say('register.consentMissing') })
      const { name, ...others } = identity
      if (errors.length > 0 || typeof name !== 'string') return { errors }
      const given = Object.entries(others).filter(([, value]) => typeof value === 'string')
      const opened = await openAnotherAccount(people, {
        personId,
        kind,
        identity: { ...Object.fromEntries(given), name },
      })
      const { accountId } = unwrap<{ ok: true; accountId: string }>(opened)
      await chooseAccount(database.sql, { sessionId, accountId })
      return { to: telling('/akun/ganti', 'opened') }
    },
    repeated: '/akun/ganti',
  })
}
