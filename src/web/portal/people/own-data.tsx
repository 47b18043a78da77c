import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { readIdentities } from '../../../identity/account-identity.ts'
import { closeAccount, listIdentityReads, readAccount } from '../../../identity/account-life.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { changeIdentity, sendPhotoForProofing } from '../../../identity/holder-changes.ts'
import { nikWarningsOf } from '../../../identity/nik.ts'
import { proveOwnPassword } from '../../../identity/person-changes.ts'
import { readPerson } from '../../../identity/people.ts'
import { listPapers, readKeptPaper } from '../../../identity/papers/keep-paper.ts'
import { papersOf } from '../../../identity/papers/paper-kinds.ts'
import { readQuota } from '../../../ledger/balances.ts'
import { photoBytesMax, unprovenStampsMax } from '../../../limits/people.ts'
import { listItemsMax } from '../../../limits/traffic.ts'
import { found, unwrap } from '../../api/people-parts.ts'
import { photoGiven, sendPhoto } from '../../api/sent-papers.ts'
import { exportHeld } from '../../export-held.ts'
import { sessionDoorOf } from '../../session-door.ts'
import { Notice, StateWord } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Checkbox } from '../components/choices.tsx'
import { FileField, TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { formRoute, FormGuard, scriptsOf, wrongOf } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { isOwner, OwnFrame, ownerIn, telling } from './own-frame.tsx'
import { ownPapersPath } from './own-papers.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { proofingTone } from './proofing-words.ts'
import { IdentityFields, identityFieldsOf, identityText, readIdentityFields } from './registration-identity.tsx'

const hidden = { schema: { hide: true } } as const

/** Who holds the account and whether that is proven; everything known of it to take along; who read it; its end. */
export function dataPages(app: FastifyInstance, parts: PeoplePageParts): void {
  const { people, proofing, photos, database } = parts

  formRoute(app, parts, {
    path: '/akun/identitas',
    file: { bytesMax: photoBytesMax, isTheirs: isOwner },
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say } = visit
      const account = found(await readAccount(database.sql, accountId), publicId('account', accountId))
      const identity = (await readIdentities(database.sql, people.sealing, [accountId])).get(accountId)
      const { hasPhoto } = await listPapers(database.sql, { accountId })
      const { kind, proofing: state } = account
      const isOpen = state === 'unproven' || state === 'refused'
      const holder = kind === 'personal' ? 'personal' : 'organisation'
      const warnings = identity?.nik === undefined ? [] : nikWarningsOf(identity.nik, identity.birthDate)
      const body = (
        <OwnFrame {...visit} title={say('own.page.identitas')} again={again}>
          <p>
            <StateWord tone={proofingTone[state]}>{say(`proofingStates.${state}`)}</StateWord>
          </p>
          <p>{say(`own.proofingSays.${state}`, { limit: unprovenStampsMax })}</p>
          {state === 'proven' || papersOf(kind).length === 0 ? null : (
            <p>
              <a href={linkTo(context, ownPapersPath)}>{say('papers.title')}</a>
            </p>
          )}
          {isOpen ? (
            <>
              {hasPhoto ? <img class="photo" src="/akun/identitas/foto" alt={say('register.photoAlt')} /> : null}
              <form
                method="post"
                action={linkTo(context, '/akun/identitas')}
                enctype="multipart/form-data"
                data-photo={photoBytesMax}
              >
                <FormGuard context={context} />
                <FileField
                  name="photo"
                  label={say('register.photo')}
                  hint={say('register.photoHint')}
                  words={say('register.photoChoose')}
                  accept="image/jpeg,image/png"
                  {...wrongOf(again, 'photo')}
                />
                <Button>{say('register.photoSend')}</Button>
              </form>
              <h2>{say('own.identityChange')}</h2>
              {warnings.length === 0 ? null : (
                <Notice tone="warn">
                  <p>{say('register.warnings')}</p>
                  <ul>
                    {warnings.map((warning) => (
                      <li key={warning}>{say(`nikWarnings.${warning}`)}</li>
                    ))}
                  </ul>
                </Notice>
              )}
              <form method="post" action={linkTo(context, '/akun/identitas')}>
                <FormGuard context={context} />
                <IdentityFields say={say} kind={kind} identity={identity ?? {}} again={again} />
                <Button look="quiet" name="act" value="change">
                  {say('own.save')}
                </Button>
              </form>
            </>
          ) : (
            <dl class="facts">
              {identityFieldsOf(kind).flatMap((field) => {
                const value = identity?.[field]
                const label = field === 'name' ? say(`register.name.${holder}`) : say(`register.field.${field}`)
                return value === undefined
                  ? []
                  : [
                      <dt key={field}>{label}</dt>,
                      <dd key={`${field}-is`}>{identityText(field, value, context.language)}</dd>,
                    ]
              })}
            </dl>
          )}
        </OwnFrame>
      )
      return { title: say('own.page.identitas'), body, scripts: await scriptsOf('photo.js') }
    },
    async act({ say }, caller, fields) {
      const { accountId } = caller
      if (fields.one('act') === 'change') {
        const account = found(await readAccount(database.sql, accountId), publicId('account', accountId))
        const read = readIdentityFields(say, fields, account.kind)
        if (read.errors.length > 0) return read
        unwrap(await changeIdentity(people, { accountId, by: actorOf(caller), identity: read.identity }))
        return { to: telling('/akun/identitas', 'identity') }
      }
      const photo = await photoGiven(photos, fields.file)
      unwrap(await sendPhotoForProofing(proofing, { accountId, by: actorOf(caller), photo }))
      return { to: telling('/akun/identitas', 'photo') }
    },
  })

  app.get('/akun/identitas/foto', hidden, async (request, reply) => {
    const caller = await ownerIn(request, reply)
    if (caller === undefined) return reply
    return sendPhoto(
      reply,
      found(await readKeptPaper(proofing, { accountId: caller.accountId }, 'identity_card'), 'foto'),
    )
  })

  app.get('/akun/data/unduh', hidden, async (request, reply) => {
    const caller = await ownerIn(request, reply)
    if (caller === undefined) return reply
    const { accountId, person } = caller
    const held = await exportHeld(proofing, { accountId, personId: person.personId })
    const name = `${publicId('account', accountId)}.json`
    return reply
      .type('application/json; charset=utf-8')
      .headers({ 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${name}"` })
      .send(JSON.stringify(held, null, 2))
  })

  formRoute(app, parts, {
    path: '/akun/data',
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say } = visit
      const [reads, quota] = await Promise.all([
        listIdentityReads(database.sql, { accountId, limit: listItemsMax }),
        readQuota(database.sql, { accountId, ledger: 'stamps' }),
      ])
      const body = (
        <OwnFrame {...visit} title={say('own.page.data')} again={again}>
          <h2>{say('own.export')}</h2>
          <p>{say('own.exportLead')}</p>
          <LinkButton look="quiet" href="/akun/data/unduh" download="">
            {say('own.exportGo')}
          </LinkButton>
          <h2>{say('own.reads')}</h2>
          <p>{say(reads.length === 0 ? 'own.readsNone' : 'own.readsLead')}</p>
          <ul>
            {reads.map(({ actor, at }) => (
              <li key={at.toISOString()}>
                <Moment at={at} language={context.language} /> · {actor}
              </li>
            ))}
          </ul>
          <h2>{say('own.close')}</h2>
          <p>{say('own.closeLead')}</p>
          <details open={again !== undefined}>
            <summary>{say('own.closeOpen')}</summary>
            <form method="post" action={linkTo(context, '/akun/data')}>
              <FormGuard context={context} />
              <TextField
                name="password"
                type="password"
                label={say('signIn.password')}
                autocomplete="current-password"
                required
                {...wrongOf(again, 'password')}
              />
              {quota.available > 0n ? (
                <Checkbox
                  name="loseQuota"
                  label={say('own.closeQuota', { quota: Number(quota.available) })}
                  hint={say('own.closeQuotaHint')}
                />
              ) : null}
              <Button look="bad">{say('own.closeGo')}</Button>
            </form>
          </details>
        </OwnFrame>
      )
      return { title: say('own.page.data'), body }
    },
    async act({ request, reply }, caller, fields) {
      const { accountId, person } = caller
      const { personId } = person
      unwrap(await proveOwnPassword(people, { personId, password: fields.one('password') }))
      const loseQuota = fields.one('loseQuota') === 'yes'
      unwrap(await closeAccount(people, { accountId, by: caller, loseQuota }))
      if ((await readPerson(database.sql, people.sealing, personId)) === undefined) {
        sessionDoorOf(request)?.dismiss(reply)
        return { to: '/' }
      }
      return { to: '/akun/ganti' }
    },
    repeated: '/',
  })
}
