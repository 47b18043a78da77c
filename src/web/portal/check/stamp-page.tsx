import type { TextKey } from '../../../base/text.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import type { PublicStamp } from '../../../verification/registry-check.ts'
import { CheckForm } from './check-form.tsx'
import { LinkButton } from '../components/button.tsx'
import { Verdict, type Tone } from '../components/blocks.tsx'
import { dayText } from '../components/moment.tsx'
import { linkTo, sayIn, type PageContext } from '../page-context.ts'

/** Eight characters a group: people compare a digest by eye. */
const inGroups = (digest: string) => digest.match(/.{1,8}/g) ?? []

/** As the picture shows it. */
const inHalves = (serial: string) => [serial.slice(0, 11), serial.slice(11)]

const looks = {
  stamp: { tone: 'good', says: 'cek.stamp' },
  specimen: { tone: 'warn', says: 'cek.specimen' },
  suspect: { tone: 'bad', says: 'cek.suspect' },
} as const satisfies Record<PublicStamp['standing'], { tone: Tone; says: TextKey }>

/** What anyone may see of an affixed stamp: never names, files, numbers, accounts or values. */
export function StampPage({ context, stamp }: { context: PageContext; stamp: PublicStamp }) {
  const say = sayIn(context.language)
  const { tone, says } = looks[stamp.standing]
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
      <Verdict tone={tone} sentence={say(says)} />
      <dl class="card facts">
        <dt>{say('cek.state')}</dt>
        <dd>{say('cek.affixed')}</dd>
        <dt>{say('cek.day')}</dt>
        <dd>{dayText(stamp.affixedAt, context.language)}</dd>
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
      <Verdict tone="bad" sentence={say('cek.unknown')} />
      <p>{say('cek.unknown.next')}</p>
      <CheckForm context={context} typed={serial} />
      <p>
        <a href={linkTo(context, '/')}>{say('page.home')}</a>
      </p>
    </>
  )
}

function NextStep({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <section>
      <h2>{say('cek.nextHeading')}</h2>
      <p>{say('cek.warning')}</p>
      <LinkButton href={linkTo(context, '/cek')}>{say('checkFile.toForm')}</LinkButton>
      <p class="soft">{say('cek.private')}</p>
    </section>
  )
}
