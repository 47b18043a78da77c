import type { Affixing } from '../../../affixing/affixing.ts'
import { publicId } from '../../../base/ids.ts'
import { Notice, Reference, Verdict } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { Moment } from '../components/moment.tsx'
import { linkTo, sayIn, type PageContext } from '../page-context.ts'
import { AffixSteps } from './affix-page.tsx'

/** Where an affixing stands that was sent without a script; the file first, once it is there. */
export function StampedPage({ context, affixing }: { context: PageContext; affixing: Affixing }) {
  const say = sayIn(context.language)
  const id = publicId('affixing', affixing.id)
  const path = `/bubuhkan/${id}`
  const { serial } = affixing
  const again = (
    <LinkButton href={linkTo(context, '/bubuhkan')} look="quiet">
      {say('affix.another')}
    </LinkButton>
  )
  if (affixing.state === 'reserved')
    return (
      <>
        <h1>{say('affix.progressHeading')}</h1>
        <Notice tone="plain">
          <p>
            {say('affix.stillGoing')} <Moment at={affixing.expiresAt} language={context.language} />.
          </p>
        </Notice>
        <LinkButton href={linkTo(context, path)}>{say('affix.lookAgain')}</LinkButton>
      </>
    )
  if (affixing.state === 'released')
    return (
      <>
        <h1>{say('home.stampHeading')}</h1>
        <Verdict tone="plain" sentence={say('affix.returned')} />
        <p>{say('errors.affixing_released', { reason: affixing.releaseReason ?? '' })}</p>
        {again}
      </>
    )
  return (
    <>
      <h1>{say('affix.doneHeading')}</h1>
      <AffixSteps say={say} at={4} />
      <Verdict tone="good" sentence={say('affix.done')} />
      <LinkButton href={`${path}/berkas`} download="">
        {say('affix.download')}
      </LinkButton>
      <dl class="rows">
        <div>
          <dt>{say('affix.serial')}</dt>
          <dd>
            <Reference value={serial} groups={[serial.slice(0, 11), serial.slice(11)]} copy={say('parts.copy')} />
          </dd>
        </div>
      </dl>
      <ul class="plain-list">
        <li>
          <a href={linkTo(context, `/cek/${serial}`)}>{say('affix.toCheck')}</a>
        </li>
        <li>
          <a href={linkTo(context, `/riwayat/${id}`)}>{say('affix.toStory')}</a>
        </li>
      </ul>
      <h2>{say('affix.neverHeading')}</h2>
      <ul>
        <li>{say('affix.never.compress')}</li>
        <li>{say('affix.never.print')}</li>
        <li>{say('affix.never.merge')}</li>
      </ul>
      <p class="soft">{say('affix.keptDays')}</p>
      {again}
    </>
  )
}
