import type { ComponentChildren } from 'preact'
import { publicId } from '../../../base/ids.ts'
import { Verdict, type Tone } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { momentText, WithMoment } from '../components/moment.tsx'
import { sayIn, type PageContext, type Say, linkWith } from '../page-context.ts'
import type { Found } from './look-for.ts'

/** A case in words: how it stands, what that means, the way on, and the same for whoever helps, without names. */
type Told = {
  tone: Tone
  found: ComponentChildren
  means: ComponentChildren
  next: { href: string; says: string } | undefined
  facts: string
}

/** What was found and done, before anybody is asked to help. */
export function FoundCase({ context, told }: { context: PageContext; told: Told }) {
  const say = sayIn(context.language)
  return (
    <section aria-label={say('found.heading')}>
      <h2>{say('found.heading')}</h2>
      <Verdict tone={told.tone} sentence={told.found} />
      <p>{told.means}</p>
      {told.next === undefined ? null : <LinkButton href={told.next.href}>{told.next.says}</LinkButton>}
    </section>
  )
}

/** `id` as it was asked about. */
export function tellFound(context: PageContext, found: Found, id: string): Told {
  const say = sayIn(context.language)
  switch (found.kind) {
    case 'affixing':
      return tellAffixing(context, say, found)
    case 'order':
      return tellOrder(context, say, found)
    default:
      return {
        tone: 'warn',
        found: say('found.nothing', { id }),
        means: say('found.nothingMeans'),
        next: undefined,
        facts: say('found.facts', { id, state: say('found.notFoundWord') }),
      }
  }
}

function tellAffixing(context: PageContext, say: Say, found: Extract<Found, { kind: 'affixing' }>): Told {
  const { affixing, isKept, isOverdue } = found
  const { state, serial, createdAt, expiresAt, affixedAt, releasedAt, releaseReason = '', digest } = affixing
  const { language } = context
  const id = publicId('affixing', affixing.id)
  const story = linkWith(context, `/riwayat/${id}`, {})
  const facts = (word: string) =>
    say('found.facts', { id, serial, state: word, at: momentText(affixedAt ?? releasedAt ?? createdAt, language) })
  if (state === 'affixed')
    return {
      tone: 'good',
      found: <WithMoment at={affixedAt ?? createdAt} language={language} says={(at) => say('found.affixed', { at })} />,
      means: say(isKept ? 'found.affixedKept' : 'found.affixedRebuild'),
      next: { href: `${story}#salinan`, says: say(isKept ? 'affix.download' : 'history.rebuild') },
      facts: facts(say('history.affixed')),
    }
  if (state === 'released')
    return {
      tone: 'plain',
      found: (
        <WithMoment at={releasedAt ?? createdAt} language={language} says={(at) => say('found.released', { at })} />
      ),
      means: say('found.releasedMeans', { reason: releaseReason }),
      next: { href: linkWith(context, '/bubuhkan', {}), says: say('history.stampAgain') },
      facts: facts(say('history.releasedWord')),
    }
  const waits = digest !== undefined
  const stands = waits ? 'waiting' : isOverdue ? 'overdue' : 'running'
  return {
    tone: 'plain',
    found: <WithMoment at={expiresAt} language={language} hour says={(until) => say(`found.${stands}`, { until })} />,
    means: <WithMoment at={expiresAt} language={language} says={(until) => say(`found.${stands}Means`, { until })} />,
    next: waits || isOverdue ? { href: story, says: say('found.toStory') } : goOn(context, say),
    facts: facts(say('history.reservedWord')),
  }
}

const goOn = (context: PageContext, say: Say) => ({
  href: linkWith(context, '/bubuhkan', {}),
  says: say('history.goOn'),
})

function tellOrder(context: PageContext, say: Say, found: Extract<Found, { kind: 'order' }>): Told {
  const { order, asked } = found
  const id = publicId('order', order.id)
  const { language } = context
  const at = order.endedAt ?? order.createdAt
  const facts = say('found.facts', { id, state: say(`found.orderState.${order.state}`), at: momentText(at, language) })
  if (order.state === 'paid')
    return {
      tone: 'good',
      found: (
        <WithMoment
          at={at}
          language={language}
          says={(moment) =>
            say(asked === 'answered' ? 'found.justCredited' : 'found.credited', { count: order.quantity, at: moment })
          }
        />
      ),
      means: say('found.creditedMeans'),
      next: { href: linkWith(context, '/beranda', {}), says: say('found.toQuota') },
      facts,
    }
  const key = asked === 'silent' ? 'silent' : order.state
  return {
    tone: asked === 'silent' ? 'warn' : 'plain',
    found: (
      <WithMoment at={order.expiresAt} language={language} says={(until) => say(`found.order.${key}`, { until })} />
    ),
    means: say(`found.orderMeans.${key}`),
    next: { href: linkWith(context, '/bantuan', { tentang: id }), says: say('found.lookAgain') },
    facts,
  }
}
