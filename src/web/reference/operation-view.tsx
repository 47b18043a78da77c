import type { Say } from '../portal/page-context.ts'
import { Prose } from './prose.tsx'
import type { ApiAnswer, Body, Field, Operation } from './read-api.ts'

/** One call: what it is, what it takes, what it answers. What it says comes from the document, which is in English. */
export function OperationView({ say, operation }: { say: Say; operation: Operation }) {
  const { id, method, path, summary, description, secured, parameters, bodies, answers } = operation
  return (
    <section class="card call" id={id} aria-labelledby={`${id}-name`}>
      <h2 id={`${id}-name`} class="call-name">
        <code>
          <span class="method">{method}</span> {parted(path)}
        </code>
      </h2>
      <p>
        <Prose said={summary} />
      </p>
      {description === '' ? null : (
        <p>
          <Prose said={description} />
        </p>
      )}
      <p class="soft">{say(secured ? 'reference.withKey' : 'reference.open')}</p>
      {parameters.length === 0 ? null : (
        <>
          <h3>{say('reference.parameters')}</h3>
          <FieldList say={say} fields={parameters.map((each) => ({ ...each, type: `${each.place}, ${each.type}` }))} />
        </>
      )}
      {bodies.map((body) => (
        <BodyView key={body.mediaType} say={say} body={body} title={say('reference.body', { type: body.mediaType })} />
      ))}
      <h3>{say('reference.answers')}</h3>
      {answers.map((answer) => (
        <AnswerView key={answer.status} say={say} answer={answer} />
      ))}
    </section>
  )
}

/** A path that a phone may break behind each slash. */
function parted(path: string) {
  return path
    .split('/')
    .slice(1)
    .map((part) => [<wbr key={part} />, `/${part}`])
}

function AnswerView({ say, answer }: { say: Say; answer: ApiAnswer }) {
  const { status, description, bodies } = answer
  if (status === 'default')
    return (
      <p>
        <strong>{say('reference.refused')}</strong>: <a href="/docs/api/errors">{say('reference.errors')}</a>
      </p>
    )
  return (
    <>
      <p>
        <strong>{status}</strong> <Prose said={description} />
      </p>
      {bodies.map((body) => (
        <BodyView key={body.mediaType} say={say} body={body} title={body.mediaType} />
      ))}
    </>
  )
}

function BodyView({ say, body, title }: { say: Say; body: Body; title: string }) {
  const { fields, example } = body
  if (fields.length === 0 && example === undefined) return <p class="soft">{title}</p>
  return (
    <details>
      <summary>{title}</summary>
      <FieldList say={say} fields={fields} />
      {example === undefined ? null : (
        <>
          <p class="soft">{say('reference.example')}</p>
          <pre>
            <code>{example}</code>
          </pre>
        </>
      )}
    </details>
  )
}

function FieldList({ say, fields }: { say: Say; fields: readonly Field[] }) {
  if (fields.length === 0) return null
  return (
    <dl class="fields">
      {fields.map(({ name, type, required, description, allowed }) => (
        <div key={name}>
          <dt>
            <code>{name}</code> <span class="soft">{type}</span>{' '}
            {required ? <span class="needed">{say('reference.required')}</span> : null}
          </dt>
          <dd>
            <Prose said={description} />
            {allowed.length === 0 ? null : <span class="allowed">{allowed.join(' · ')}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
