import {
  Countdown,
  Notice,
  Pagination,
  Panel,
  Progress,
  Reference,
  StateWord,
  Steps,
  SummaryList,
  Table,
  Verdict,
  type Tone,
} from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Checkbox, RadioCards, Stepper } from '../components/choices.tsx'
import { CodeField, ErrorSummary, FileField, SelectField, TextField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { sayIn, type PageContext } from '../page-context.ts'

const tones = ['good', 'warn', 'bad', 'plain'] as const satisfies readonly Tone[]
const shownSerial = 'SPESIMEN000Z00000000A0'
const shownMoment = new Date('2026-11-23T13:14:00Z')

/** Every component in every state, as its own sample sentence says it: what a page is made of. For development. */
export function DesignPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('design.title')}</h1>
      <p class="lead">{say('design.lead')}</p>
      <Fields context={context} />
      <Choices context={context} />
      <h2>{say('design.acts')}</h2>
      <div class="acts">
        <Button>{say('parts.continue')}</Button>
        <Button look="quiet">{say('parts.back')}</Button>
        <Button look="bad">{say('parts.discard')}</Button>
        <Button disabled>{say('parts.continue')}</Button>
        <LinkButton href="#content">{say('parts.download')}</LinkButton>
      </div>
      <h2>{say('design.states')}</h2>
      {tones.map((tone) => (
        <Verdict key={tone} tone={tone} sentence={say(`design.${tone}`)} />
      ))}
      {tones.map((tone) => (
        <Notice key={tone} tone={tone}>
          <p>{say(`design.${tone}`)}</p>
        </Notice>
      ))}
      <p>
        {tones.map((tone) => (
          <>
            <StateWord key={tone} tone={tone}>
              {say(`design.${tone}Word`)}
            </StateWord>{' '}
          </>
        ))}
      </p>
      <Shown context={context} />
    </>
  )
}

function Fields({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  const wrong = say('cek.malformed')
  return (
    <form>
      <h2>{say('design.fields')}</h2>
      <ErrorSummary title={say('cek.wrongHeading')} errors={[{ field: 'd-wrong', says: wrong }]} />
      <TextField name="d-plain" label={say('affix.number')} hint={say('affix.numberHint')} />
      <TextField name="d-wrong" label={say('cek.serial')} value="SALAH" error={wrong} look="serial" />
      <TextField name="d-date" label={say('affix.date')} type="date" value="2026-11-23" />
      <SelectField
        name="d-select"
        label={say('cek.documentType')}
        options={[
          ['a', 'Surat Perjanjian'],
          ['b', 'Surat Pernyataan'],
        ]}
      />
      <CodeField name="d-code" label={say('design.code')} hint={say('design.codeHint')} purpose="code" />
      <CodeField name="d-pin" label="PIN" purpose="pin" error={say('design.pinWrong', { tries: 3 })} />
      <FileField name="d-file" label={say('checkFile.label')} words={say('checkFile.choose')} accept=".pdf" />
    </form>
  )
}

function Choices({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <form>
      <h2>{say('design.choices')}</h2>
      <RadioCards
        name="d-place"
        legend={say('affix.preset')}
        hint={say('affix.rule')}
        value="right"
        options={[
          { value: 'right', label: say('affix.presets.right') },
          { value: 'left', label: say('affix.presets.left') },
          { value: 'center', label: say('affix.presets.center'), disabled: true },
        ]}
      />
      <Checkbox name="d-shared" label={say('affix.shared')} hint={say('affix.sharedHint')} checked />
      <Stepper
        name="d-count"
        label={say('design.count')}
        value={3}
        least={1}
        most={100}
        less={say('design.less')}
        more={say('design.more')}
      />
    </form>
  )
}

function Shown({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  const stepNames = (['file', 'details', 'place', 'review', 'done'] as const).map((step) => say(`affix.steps.${step}`))
  return (
    <>
      <h2>{say('design.shown')}</h2>
      <Steps says={say('affix.steps')} names={stepNames} at={2} />
      <Panel title={say('affix.steps.review')}>
        <SummaryList
          rows={[
            {
              label: say('cek.documentType'),
              value: 'Surat Perjanjian',
              change: { href: '#content', label: say('parts.change'), says: say('cek.documentType') },
            },
            { label: say('affix.price'), value: 'Rp10.000' },
          ]}
        />
      </Panel>
      <Progress
        steps={[
          { says: say('affix.progress.reserving'), state: 'done' },
          { says: say('affix.progress.signing'), state: 'now' },
          { says: say('affix.progress.embedding'), state: 'later' },
        ]}
      />
      <Reference
        value={shownSerial}
        groups={[shownSerial.slice(0, 11), shownSerial.slice(11)]}
        copy={say('parts.copy')}
      />
      <p>
        <Moment at={shownMoment} language={context.language} />
      </p>
      <p>
        <Countdown until={shownMoment} says={say('design.until')} left={say('parts.left')} over={say('parts.over')} />
      </p>
      <Table
        caption={say('design.table')}
        heads={[say('affix.number'), say('cek.state')]}
        rows={[
          ['12/2026', <StateWord tone="good">{say('design.goodWord')}</StateWord>],
          ['13/2026', <StateWord tone="plain">{say('design.plainWord')}</StateWord>],
        ]}
      />
      <Pagination
        says={say('parts.pages')}
        newer={{ href: '#content', label: say('parts.newer') }}
        older={{ href: '#content', label: say('parts.older') }}
      />
    </>
  )
}
