import type { Affixing } from '../../../affixing/affixing.ts'
import { unreachable } from '../../../base/unreachable.ts'
import { StateWord } from '../components/blocks.tsx'
import { WithMoment } from '../components/moment.tsx'
import { sayIn, type PageContext } from '../page-context.ts'

/** The fixed words of where an affixing stands, with their shape. */
export function AffixingState({ context, affixing }: { context: PageContext; affixing: Affixing }) {
  const say = sayIn(context.language)
  switch (affixing.state) {
    case 'reserved':
      return (
        <StateWord tone="plain" icon="wait">
          <WithMoment
            at={affixing.expiresAt}
            language={context.language}
            hour
            says={(until) => say('history.reserved', { until })}
          />
        </StateWord>
      )
    case 'affixed':
      return <StateWord tone="good">{say('history.affixed')}</StateWord>
    case 'released':
      return (
        <StateWord tone="plain" icon="back">
          {say('history.released')}
        </StateWord>
      )
    default:
      return unreachable(affixing.state)
  }
}

/** What people call the document: its file's name, else its number, else its type. */
export function documentName({ facts }: Pick<Affixing, 'facts'>, typeName: string): string {
  if (facts.fileName !== undefined) return facts.fileName
  return facts.number === '0' ? typeName : `${typeName} ${facts.number}`
}
