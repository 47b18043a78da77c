import type { ComponentChildren } from 'preact'
import type { TextKey } from '../../../base/text.ts'
import { HelpLine } from '../page.tsx'
import { linkTo, sayIn, type PageContext } from '../page-context.ts'

/** The ten questions people ask, in their words, each with where its answer leads. */
const questions = [
  { key: 'lost', to: '/riwayat' },
  { key: 'failed', to: '/riwayat' },
  { key: 'paid', to: '/pembelian' },
  { key: 'code', to: undefined },
  { key: 'pin', to: '/akun/pin' },
  { key: 'refused', to: '/bubuhkan' },
  { key: 'queue', to: '/status' },
  { key: 'file', to: '/riwayat' },
  { key: 'real', to: '/cek' },
  { key: 'money', to: '/pengembalian' },
] as const satisfies readonly { key: string; to: string | undefined }[]

const titleOf = {
  '/bubuhkan': 'home.stampHeading',
  '/status': 'status.title',
  '/cek': 'cek.heading',
  '/riwayat': 'history.title',
  '/pembelian': 'orders.title',
  '/pengembalian': 'refunds.title',
  '/akun/pin': 'own.page.pin',
} as const satisfies Record<string, TextKey>

/** What was found of the thing that somebody needs help with, and the same in a sentence for whoever helps. */
type About = { shown: ComponentChildren; facts: string }

/** Questions with honest answers, and how to reach somebody; first what was found, where it was about something. */
export function HelpPage({ context, about }: { context: PageContext; about?: About }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('help.title')}</h1>
      {about === undefined ? null : (
        <>
          {about.shown}
          <HelpReach context={context} facts={about.facts} />
          <h2>{say('help.questions')}</h2>
        </>
      )}
      <p class={about === undefined ? 'lead' : undefined}>{say('help.lead')}</p>
      {questions.map(({ key, to }) => (
        <details key={key} id={key}>
          <summary>{say(`help.${key}`)}</summary>
          <p>{say(`help.${key}.answer`)}</p>
          {to === undefined ? null : (
            <p>
              <a href={linkTo(context, to)}>{say(titleOf[to])}</a>
            </p>
          )}
        </details>
      ))}
      {about === undefined ? <HelpReach context={context} /> : null}
    </>
  )
}

function HelpReach({ context, facts }: { context: PageContext; facts?: string }) {
  const say = sayIn(context.language)
  if (Object.keys(context.help).length === 0) return null
  return (
    <>
      <h2>{say('help.reach')}</h2>
      <p>{say(facts === undefined ? 'help.reachHow' : 'help.reachFilled')}</p>
      <HelpLine context={context} {...(facts === undefined ? {} : { facts })} />
    </>
  )
}

const specimenSigns = ['specimen.sign1', 'specimen.sign2', 'specimen.sign3'] as const satisfies readonly TextKey[]

/** What a specimen is, and how to tell one. */
export function SpecimenPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('home.specimenHeading')}</h1>
      <p class="lead">{say('specimen.lead')}</p>
      <h2>{say('specimen.signs')}</h2>
      <ul>
        {specimenSigns.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <h2>{say('specimen.why')}</h2>
      <p>{say('specimen.law')}</p>
      <p>{say(context.demo ? 'specimen.here' : 'specimen.elsewhere')}</p>
      <p>
        <a href={linkTo(context, '/cek')}>{say('cek.heading')}</a>
      </p>
    </>
  )
}

/** What the service worker shows when nothing can be reached. It is kept on the device, so it asks for nothing; trying again is the page that was wanted. */
export function OfflinePage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('offline.title')}</h1>
      <p class="lead">{say('offline.lead')}</p>
      <p>{say('offline.next')}</p>
      <p>
        <a class="button" href="">
          {say('offline.again')}
        </a>
      </p>
    </>
  )
}
