import type { FastifyInstance } from 'fastify'
import { parsePublicId } from '../../../base/ids.ts'
import { cancelRecovery } from '../../../identity/recovery/recovery.ts'
import { Notice } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { anyone, formRoute, FormGuard } from '../forms.tsx'
import { linkTo, queryOf } from '../page-context.ts'
import type { PeoplePageParts } from './people-parts.ts'

const path = '/pemulihan'

/** Where a way back that operators opened is ended by who has a way in. Opening the page changes nothing: programs that look at mail open links too. */
export function recoveryPage(app: FastifyInstance, parts: PeoplePageParts): void {
  formRoute(app, parts, {
    path,
    enter: anyone,
    async show({ context, say, request }) {
      const told = (['done', 'gone'] as const).find((one) => one === queryOf(request, 'kabar'))
      const body = (
        <div class="narrow">
          <h1>{say('recovery.title')}</h1>
          {told === undefined ? (
            <form method="post" action={linkTo(context, path)}>
              <FormGuard context={context} />
              <input type="hidden" name="kasus" value={queryOf(request, 'kasus') ?? ''} />
              <input type="hidden" name="kunci" value={queryOf(request, 'kunci') ?? ''} />
              <p>{say('recovery.lead')}</p>
              <Button look="bad">{say('recovery.go')}</Button>
            </form>
          ) : (
            <>
              <div role="status">
                <Notice tone={told === 'done' ? 'good' : 'warn'}>
                  <p>{say(`recovery.${told}`)}</p>
                </Notice>
              </div>
              {told === 'done' ? <p>{say('recovery.doneNext')}</p> : null}
              <LinkButton look="quiet" href={linkTo(context, told === 'done' ? '/lupa/sandi' : '/lupa')}>
                {say(told === 'done' ? 'forgot.passwordGo' : 'forgot.title')}
              </LinkButton>
            </>
          )}
        </div>
      )
      return { title: say('recovery.title'), body }
    },
    async act(_, __, fields) {
      const recoveryId = parsePublicId('recovery', fields.one('kasus'))
      const token = fields.one('kunci')
      const isEnded = recoveryId !== undefined && (await cancelRecovery(parts.people, { recoveryId, token }))
      return { to: `${path}?kabar=${isEnded ? 'done' : 'gone'}` }
    },
    repeated: `${path}?kabar=gone`,
  })
}
