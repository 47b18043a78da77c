import { publicId } from '../../../base/ids.ts'
import { Verdict, type Tone } from '../components/blocks.tsx'
import { LinkButton } from '../components/button.tsx'
import { momentText, timeText } from '../components/moment.tsx'
import { sayIn, type PageContext, type Say, linkWith } from '../page-context.ts'
import type { Found } from './look-for.ts'

/** A case in words: how it stands, what that means, the way on, and the same for whoever helps, without names. */
type Told = {
  tone: Tone
  found: string
  means: string
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
      found: say('found.affixed', { at: momentText(affixedAt ?? createdAt, language) }),
      means: say(isKept ? 'found.affixedKept' : 'found.affixedRebuild'),
      next: { href: `${story}#salinan`, says: say(isKept ? 'affix.download' : 'history.rebuild') },
      facts: facts(say('history.affixed')),
    }
  if (state === 'released')
    return {
      tone: 'plain',
      found: say('found.released', { at: momentText(releasedAt ?? createdAt, language) }),
      means: say('found.releasedMeans', { reason: releaseReason }),
      next: { href: linkWith(context, '/bubuhkan', {}), says: say('history.stampAgain') },
      facts: facts(say('history.releasedWord')),
    }
  const waits = digest !== undefined
  return {
    tone: 'plain',
    found: say(waits ? 'found.waiting' : isOverdue ? 'found.overdue' : 'found.running', { until: timeText(expiresAt) }),
    means: say(waits ? 'found.waitingMeans' : isOverdue ? 'found.overdueMeans' : 'found.runningMeans', {
      until: momentText(expiresAt, language),
    }),
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
  const at = momentText(order.endedAt ?? order.createdAt, language)
  const facts = say('found.facts', { id, state: say(`found.orderState.${order.state}`), at })
  if (order.state === 'paid')
    return {
      tone: 'good',
      found: say(asked === 'answered' ? 'found.justCredited' : 'found.credited', { count: order.quantity, at }),
      means: say('found.creditedMeans'),
      next: { href: linkWith(context, '/beranda', {}), says: say('found.toQuota') },
      facts,
    }
  const key = asked === 'silent' ? 'silent' : order.state
  return {
    tone: asked === 'silent' ? 'warn' : 'plain',
    found: say(`found.order.${key}`, { until: momentText(order.expiresAt, language) }),
    means: say(`found.orderMeans.${key}`),
    next: { href: linkWith(context, '/bantuan', { tentang: id }), says: say('found.lookAgain') },
    facts,
  }
}
