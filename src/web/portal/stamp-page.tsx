import type { Language, TextKey } from '../../base/text.ts'
import { documentTypeName } from '../../stamp/document-types.ts'
import type { PublicStamp } from '../../verification/registry-check.ts'
import { CheckForm } from './check-form.tsx'
import { linkTo, sayIn, type PageContext } from './page.tsx'

/** Eight characters a group: people compare a digest by eye. */
const inGroups = (digest: string) => digest.match(/.{1,8}/g) ?? []

/** As the picture shows it. */
const inHalves = (serial: string) => [serial.slice(0, 11), serial.slice(11)]

/** A moment's day in Jakarta: `24 November 2026 (WIB)`. The hour is nobody's business. */
function dayInJakarta(at: Date, language: Language): string {
  const shown = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'id-ID', {
    timeZone: 'Asia/Jakarta',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  return `${shown.format(at)} (WIB)`
}

const looks = {
  stamp: { tone: 'good', sign: 'M5 13l5 5 9-11', says: 'cek.stamp' },
  specimen: { tone: 'warn', sign: 'M12 4v10M12 18.5v.5', says: 'cek.specimen' },
  suspect: { tone: 'bad', sign: 'M6 6l12 12M18 6L6 18', says: 'cek.suspect' },
} as const satisfies Record<PublicStamp['standing'], { tone: string; sign: string; says: TextKey }>

/** What anyone may see of an affixed stamp: never names, files, numbers, accounts or values. */
export function StampPage({ context, stamp }: { context: PageContext; stamp: PublicStamp }) {
  const say = sayIn(context.language)
  const { tone, sign, says } = looks[stamp.standing]
  return (
    <>
      <h1 class="number">
        <span class="soft">{say('cek.serial')}</span>
        <span class="serial">
          {inHalves(stamp.serial).map((half) => (
            <span key={half}>{half}</span>
          ))}
        </span>
      </h1>
      <Verdict tone={tone} sign={sign} sentence={say(says)} />
      <dl class="card facts">
        <dt>{say('cek.state')}</dt>
        <dd>{say('cek.affixed')}</dd>
        <dt>{say('cek.day')}</dt>
        <dd>{dayInJakarta(stamp.affixedAt, context.language)}</dd>
        <dt>{say('cek.documentType')}</dt>
        <dd lang="id">{documentTypeName(stamp.documentType) ?? stamp.documentType}</dd>
        <dt>{say('cek.digest')}</dt>
        <dd class="digest">
          {inGroups(stamp.digest).map((group) => (
            <span key={group}>{group}</span>
          ))}
        </dd>
      </dl>
      <NextStep context={context} />
    </>
  )
}

/** One answer for every number that is not affixed: reserved, released and never given look alike. */
export function UnknownStampPage({ context, serial }: { context: PageContext; serial: string }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('cek.heading')}</h1>
      <Verdict tone="bad" sign="M6 6l12 12M18 6L6 18" sentence={say('cek.unknown')} />
      <p>{say('cek.unknown.next')}</p>
      <CheckForm context={context} typed={serial} />
      <p>
        <a href={linkTo(context, '/')}>{say('page.home')}</a>
      </p>
    </>
  )
}

/** State is a word and a shape, never colour alone. */
function Verdict({ tone, sign, sentence }: { tone: string; sign: string; sentence: string }) {
  return (
    <p class={`verdict ${tone}`}>
      <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">
        <path d={sign} />
      </svg>
      <strong>{sentence}</strong>
    </p>
  )
}

function NextStep({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <section>
      <h2>{say('cek.nextHeading')}</h2>
      <p>{say('cek.warning')}</p>
      <pre>
        <code>npx meterai verify {say('cek.fileName')}</code>
      </pre>
      <p class="soft">{say('cek.private')}</p>
      <p>
        <a href={linkTo(context, '/cek')}>{say('cek.another')}</a>
      </p>
    </section>
  )
}
