import type { TextKey } from '../../base/text.ts'
import { CheckForm } from './check-form.tsx'
import { linkTo, sayIn, type PageContext } from './page.tsx'

const promises = ['home.kept1', 'home.kept2', 'home.kept3'] as const satisfies readonly TextKey[]

/** The first page: what this is, a check right there, how to stamp, what it costs, why nothing gets lost. */
export function StartPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('home.heading')}</h1>
      <p class="lead">{say('home.lead')}</p>
      <h2>{say('cek.heading')}</h2>
      <CheckForm context={context} />
      <h2>{say('home.stampHeading')}</h2>
      <p>{say('home.stampHow')}</p>
      <pre>
        <code>npx meterai stamp {say('cek.fileName')} --type surat-perjanjian</code>
      </pre>
      <p class="soft">{say('home.price')}</p>
      <h2>{say('home.keptHeading')}</h2>
      <ul>
        {promises.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      {context.demo ? (
        <>
          <h2>{say('home.specimenHeading')}</h2>
          <p>{say('home.specimen')}</p>
        </>
      ) : null}
      <h2>{say('home.programsHeading')}</h2>
      <p>
        {say('home.programs')} <a href="/v1/openapi.json">/v1/openapi.json</a>
      </p>
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
      <p>
        <a href={linkTo(context, '/')}>{say('page.home')}</a> <a href={linkTo(context, '/cek')}>{say('cek.heading')}</a>
      </p>
    </>
  )
}
