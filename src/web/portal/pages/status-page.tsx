import type { ServiceStatus } from '../../service-status.ts'
import { StateWord, Verdict } from '../components/blocks.tsx'
import { Moment } from '../components/moment.tsx'
import { linkTo, sayIn, type PageContext } from '../page-context.ts'

const parts = ['database', 'signer', 'timestamp'] as const

/** How the service does right now, in words that people can act on. */
export function StatusPage({ context, status }: { context: PageContext; status: ServiceStatus }) {
  const say = sayIn(context.language)
  const oldestMinutes = Math.floor((status.oldestReservedSeconds ?? 0) / 60)
  return (
    <>
      <h1>{say('status.title')}</h1>
      <Verdict
        tone={status.allWell ? 'good' : 'warn'}
        sentence={say(status.allWell ? 'status.well' : 'status.troubled')}
      />
      <p>{say(status.allWell ? 'status.wellNext' : 'status.troubledNext')}</p>
      <dl class="rows">
        {parts.map((part) => (
          <div key={part}>
            <dt>{say(`status.${part}`)}</dt>
            <dd>
              <StateWord tone={status.parts[part] ? 'good' : 'bad'}>
                {say(status.parts[part] ? 'status.works' : 'status.down')}
              </StateWord>
            </dd>
          </div>
        ))}
        {status.reserved === undefined ? null : (
          <div>
            <dt>{say('status.onTheirWay')}</dt>
            <dd>
              {say('status.reserved', { count: status.reserved })}
              {oldestMinutes < 1 ? null : <span class="hint">{say('status.oldest', { minutes: oldestMinutes })}</span>}
            </dd>
          </div>
        )}
      </dl>
      <p class="soft">
        {say('status.at')} <Moment at={status.at} language={context.language} />.{' '}
        <a href={linkTo(context, '/status')}>{say('status.again')}</a>
      </p>
    </>
  )
}
