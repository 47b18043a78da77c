import { isTextKey } from '../../../base/text.ts'
import type { StampVerdict, Verdict as FileVerdict } from '../../../stamp/check/verdict.ts'
import { verdictWords } from '../../../stamp/check/verdict-words.ts'
import { LinkButton } from '../components/button.tsx'
import { Verdict } from '../components/blocks.tsx'
import { linkTo, sayIn, type PageContext } from '../page-context.ts'

/** The verdict on a file that was sent: one sentence with its shape, why, what to do, and the proof folded below. */
export function VerdictPage({ context, verdict }: { context: PageContext; verdict: FileVerdict }) {
  const say = sayIn(context.language)
  const words = verdictWords(verdict)
  const named = verdict.serial === undefined || verdict.serial === '' ? {} : { serial: verdict.serial }
  return (
    <>
      <h1>{say('checkFile.result')}</h1>
      <Verdict tone={words.tone} sentence={say(words.sentence, named)} />
      {words.further === undefined ? null : <p>{say(words.further, named)}</p>}
      {words.reasons.length === 0 ? null : (
        <>
          <h2>{say('checkFile.reasons')}</h2>
          <ul>
            {words.reasons.map((key) => (
              <li key={key}>{isTextKey(key) ? say(key) : key}</li>
            ))}
          </ul>
        </>
      )}
      <h2>{say('checkFile.next')}</h2>
      <p>{say(words.next)}</p>
      {verdict.stamps.map((stamp) => (
        <StampDetails key={stamp.fieldName} context={context} stamp={stamp} />
      ))}
      <p class="soft">{say('checkFile.thrownAway')}</p>
      <LinkButton href={linkTo(context, '/cek')} look="quiet">
        {say('checkFile.another')}
      </LinkButton>
    </>
  )
}

function StampDetails({ context, stamp }: { context: PageContext; stamp: StampVerdict }) {
  const say = sayIn(context.language)
  const rows = [
    [say('checkFile.integrity'), say(`verdicts.${stamp.integrity}`)],
    [say('cek.documentType'), stamp.documentType],
    [say('checkFile.stampedAt'), stamp.stampedAt],
    [say('checkFile.field'), stamp.fieldName],
    [say('checkFile.digest'), stamp.digest],
  ] as const
  return (
    <details>
      <summary>{say('checkFile.details', { serial: stamp.serial })}</summary>
      <dl class="facts">
        {rows.map(([label, value]) =>
          value === undefined || value === '' ? null : (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ),
        )}
      </dl>
      {stamp.serial === '' ? null : <a href={linkTo(context, `/cek/${stamp.serial}`)}>{say('checkFile.toPage')}</a>}
    </details>
  )
}
