import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { readIdentities } from '../../../identity/account-identity.ts'
import { readAccount } from '../../../identity/account-life.ts'
import { contactsOf } from '../../../identity/contacts.ts'
import { acceptInvitationAs } from '../../../identity/member-acts.ts'
import { listInvitations } from '../../../identity/invitations.ts'
import { listAccountsOf } from '../../../identity/memberships.ts'
import { readPerson } from '../../../identity/people.ts'
import { roleAllows } from '../../../identity/roles.ts'
import { chooseAccount, lostAccountOf } from '../../../identity/sessions.ts'
import { found, uuidOf } from '../../api/people-parts.ts'
import { Notice, StateWord } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { RadioCards } from '../components/choices.tsx'
import { formRoute, FormGuard } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { personIn, signedInHome, signedInOf } from '../signed-in.ts'
import { OwnFrame, telling } from './own-frame.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { proofingTone } from './proofing-words.ts'

const ownPages = ['perangkat', 'sandi', 'pin', 'kontak', 'pemberitahuan', 'autentikator'] as const
const accountPages = ['identitas', 'anggota', 'persetujuan', 'kunci', 'webhook', 'data'] as const

/** The account at a glance and everything below it; other accounts of the same person, and invitations that wait for them. */
export function overviewRoutes(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, database } = parts

  formRoute(app, parts, {
    path: '/akun',
    enter: signedInOf,
    async show({ context, say }, { accountId, person: { personId, role } }) {
      const [account, identities, person] = await Promise.all([
        readAccount(database.sql, accountId),
        readIdentities(database.sql, people.sealing, [accountId]),
        readPerson(database.sql, people.sealing, personId),
      ])
      const state = account?.proofing ?? 'unproven'
      const isOwner = roleAllows(role, 'manage')
      const name = identities.get(accountId)?.name ?? publicId('account', accountId)
      const linksOf = (pages: readonly ((typeof ownPages)[number] | (typeof accountPages)[number])[]) => (
        <ul class="links">
          {pages.map((page) => (
            <li key={page}>
              <a href={linkTo(context, `/akun/${page}`)}>
                <strong>{say(`own.page.${page}`)}</strong>
                <span class="hint">{say(`own.pageSays.${page}`)}</span>
              </a>
            </li>
          ))}
        </ul>
      )
      const body = (
        <div class="narrow">
          <h1>{say('own.title')}</h1>
          <dl class="facts">
            <dt>{say('own.account')}</dt>
            <dd>
              {name} · {say(`roles.${role}`)}
            </dd>
            <dt>{say('own.identity')}</dt>
            <dd>
              <StateWord tone={proofingTone[state]}>{say(`proofingStates.${state}`)}</StateWord>
            </dd>
          </dl>
          {isOwner ? (
            <>
              <h2>{say('own.forAccount')}</h2>
              {linksOf(accountPages)}
            </>
          ) : null}
          <h2>{say('own.forPerson', { name: person?.name ?? '' })}</h2>
          {linksOf(ownPages)}
          <ul class="plain-list">
            <li>
              <a href={linkTo(context, '/akun/ganti')}>{say('own.switchSays')}</a>
            </li>
            <li>
              <a href={linkTo(context, '/keluar')}>{say('own.signOut')}</a>
            </li>
          </ul>
        </div>
      )
      return { title: say('own.title'), body }
    },
    act: () => Promise.resolve({ to: '/akun' }),
  })

  formRoute(app, parts, {
    path: '/akun/ganti',
    enter: personIn,
    async show(visit, session) {
      const { context, say } = visit
      const { personId, sessionId, member } = session
      const lost = member === undefined ? await lostAccountOf(database.sql, sessionId) : undefined
      const person = found(await readPerson(database.sql, people.sealing, personId), 'person')
      const accounts = await listAccountsOf(database.sql, personId)
      const ids = accounts.map(({ accountId }) => accountId)
      const names = await readIdentities(database.sql, people.sealing, ids)
      const invitations = await listInvitations(database.sql, people.sealing, { contacts: contactsOf(person) })
      const body = (
        <OwnFrame {...visit} title={say('own.switch')}>
          {lost === undefined ? null : (
            <Notice tone="warn">
              <p>
                {say(lost.isClosed ? 'own.accountClosed' : 'own.accountLost', {
                  account: publicId('account', lost.accountId),
                })}
              </p>
            </Notice>
          )}
          {accounts.length === 0 ? <p>{say('own.noAccount')}</p> : null}
          {accounts.length === 0 ? null : (
            <form method="post" action={linkTo(context, '/akun/ganti')}>
              <FormGuard context={context} />
              <RadioCards
                name="account"
                legend={say('own.switchWhich')}
                value={member === undefined ? '' : publicId('account', member.accountId)}
                options={accounts.map(({ accountId, role }) => ({
                  value: publicId('account', accountId),
                  label: names.get(accountId)?.name ?? publicId('account', accountId),
                  says: say(`roles.${role}`),
                }))}
              />
              <Button name="act" value="choose">
                {say('own.switchGo')}
              </Button>
            </form>
          )}
          <p>
            <a href={linkTo(context, '/akun/baru')}>{say('own.another')}</a>
          </p>
          {invitations.length === 0 ? null : <h2>{say('own.invitations')}</h2>}
          {invitations.map(({ invitationId, accountId, role }) => (
            <form key={invitationId} class="card" method="post" action={linkTo(context, '/akun/ganti')}>
              <FormGuard context={context} />
              <p>{say('own.invitation', { account: publicId('account', accountId), role })}</p>
              <input type="hidden" name="invitation" value={publicId('invitation', invitationId)} />
              <Button look="quiet" name="act" value="accept">
                {say('own.invitationAccept')}
              </Button>
            </form>
          ))}
        </OwnFrame>
      )
      return { title: say('own.switch'), body }
    },
    async act(_, { sessionId, personId }, fields) {
      if (fields.one('act') === 'accept') {
        const id = fields.one('invitation')
        const person = found(await readPerson(database.sql, people.sealing, personId), 'person')
        const joined = found(await acceptInvitationAs(people, person, uuidOf('invitation', id)), id)
        await chooseAccount(database.sql, { sessionId, accountId: joined.accountId })
        return { to: telling('/akun/ganti', 'joined') }
      }
      const id = fields.one('account')
      const isChosen = await chooseAccount(database.sql, { sessionId, accountId: uuidOf('account', id) })
      found(isChosen || undefined, id)
      return { to: signedInHome }
    },
  })
}
