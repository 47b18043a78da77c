import type { TextKey } from '../../../base/text.ts'
import type { Refusal } from '../../../errors.ts'
import type { ServiceStatus } from '../../service-status.ts'
import { CheckForm } from '../check/check-form.tsx'
import { Notice, StateWord } from '../components/blocks.tsx'
import { linkTo, refusalText, sayIn, type PageContext } from '../page-context.ts'

const promises = ['home.kept1', 'home.kept2', 'home.kept3'] as const satisfies readonly TextKey[]
const needs = ['home.need1', 'home.need2', 'home.need3'] as const satisfies readonly TextKey[]

/** The first page: what this is, the doors, a check right there, how the service does, price and time, why nothing gets lost. */
export function StartPage(given: { context: PageContext; status: ServiceStatus; buyPath?: string }) {
  const { context, status, buyPath } = given
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('home.heading')}</h1>
      <p class="lead">{say('home.lead')}</p>
      <p>
        <StateWord tone={status.allWell ? 'good' : 'warn'}>
          {say(status.allWell ? 'status.well' : 'status.troubled')}
        </StateWord>{' '}
        <a href={linkTo(context, '/status')}>{say('status.more')}</a>
      </p>
      <nav class="doors" aria-label={say('home.doors')}>
        <a class="door door-first" href={linkTo(context, '/bubuhkan')}>
          <strong>{say('home.stampHeading')}</strong>
          {say('home.stampDoor')}
        </a>
        {buyPath === undefined ? null : (
          <a class="door" href={linkTo(context, buyPath)}>
            <strong>{say('home.buyHeading')}</strong>
            {say('home.buyDoor')}
          </a>
        )}
        <a class="door" href={linkTo(context, '/cek')}>
          <strong>{say('home.checkHeading')}</strong>
          {say('home.checkDoor')}
        </a>
      </nav>
      <h2>{say('home.checkNumber')}</h2>
      <CheckForm context={context} />
      <h2>{say('home.needHeading')}</h2>
      <p>{say('home.price')}</p>
      <ul>
        {needs.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <h2>{say('home.keptHeading')}</h2>
      <ul>
        {promises.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <h2>{say('home.programsHeading')}</h2>
      <p>
        {say('home.programs')} <a href="/v1/openapi.json">/v1/openapi.json</a>
      </p>
      <pre>
        <code>npx meterai stamp {say('cek.fileName')} --type surat-perjanjian</code>
      </pre>
    </>
  )
}

/** For a person who came to an address that leads nowhere. */
export function NotFoundPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('page.notFound')}</h1>
      <p>{say('page.notFoundNext')}</p>
      <ul>
        <li>
          <a href={linkTo(context, '/')}>{say('page.home')}</a>
        </li>
        <li>
          <a href={linkTo(context, '/cek')}>{say('cek.heading')}</a>
        </li>
        <li>
          <a href={linkTo(context, '/bantuan')}>{say('help.title')}</a>
        </li>
      </ul>
    </>
  )
}

/** For a person whose request was refused: why, and where to go on. `requestId` helps whoever looks for the reason later. */
export function RefusalPage({
  context,
  refusal,
  requestId,
}: {
  context: PageContext
  refusal: Refusal
  requestId: string
}) {
  const say = sayIn(context.language)
  const title = refusal.code === 'not_found' ? 'page.nothingHere' : 'page.refused'
  const mustSignIn = refusal.code === 'unauthenticated' || refusal.code === 'session_needed'
  return (
    <>
      <h1>{say(title)}</h1>
      <Notice tone="bad">
        <p>{refusalText(say, refusal)}</p>
      </Notice>
      <ul>
        {mustSignIn && context.signInPath !== undefined ? (
          <li>
            <a href={linkTo(context, context.signInPath)}>{say('shell.signIn')}</a>
          </li>
        ) : null}
        <li>
          <a href={linkTo(context, '/')}>{say('page.home')}</a>
        </li>
        <li>
          <a href={linkTo(context, '/bantuan')}>{say('help.title')}</a>
        </li>
      </ul>
      <p class="soft">{say('page.requestId', { requestId })}</p>
    </>
  )
}
