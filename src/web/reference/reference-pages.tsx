import type { ComponentChildren } from 'preact'
import { isTextKey, textWithNames } from '../../base/text.ts'
import { assetPath } from '../portal/assets.ts'
import { linkTo, sayIn, type PageContext } from '../portal/page-context.ts'
import { OperationView } from './operation-view.tsx'
import { Prose } from './prose.tsx'
import type { Api, Chapter } from './read-api.ts'

/** Every page of the reference: its own style, and the way between its chapters. */
function ReferencePage({ context, api, children }: { context: PageContext; api: Api; children: ComponentChildren }) {
  const say = sayIn(context.language)
  return (
    <>
      <link rel="stylesheet" href={assetPath('reference.css')} />
      <nav class="chapters" aria-label={say('reference.chapters')}>
        <a href={linkTo(context, '/docs/api')}>{say('reference.title')}</a>
        {api.chapters.map(({ slug, name }) => (
          <a key={slug} href={linkTo(context, `/docs/api/${slug}`)} lang="en">
            {name}
          </a>
        ))}
        <a href={linkTo(context, '/docs/api/errors')}>{say('reference.errors')}</a>
      </nav>
      {children}
    </>
  )
}

/** What the API is, and every call by its chapter. */
export function ContentsPage({ context, api }: { context: PageContext; api: Api }) {
  const say = sayIn(context.language)
  const rules = ['reference.ruleKey', 'reference.ruleRepeat', 'reference.ruleProblem', 'reference.ruleVersion'] as const
  return (
    <ReferencePage context={context} api={api}>
      <h1>{say('reference.title')}</h1>
      <p class="lead">{say('reference.lead')}</p>
      <ul>
        {rules.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <p>
        {say('reference.document')} <a href="/v1/openapi.json">/v1/openapi.json</a>
      </p>
      {api.chapters.map(({ slug, name, operations }) => (
        <section key={slug} aria-labelledby={slug}>
          <h2 id={slug} lang="en">
            {name}
          </h2>
          <ul class="calls">
            {operations.map(({ id, method, path, summary }) => (
              <li key={id}>
                <a href={`${linkTo(context, `/docs/api/${slug}`)}#${id}`}>
                  <code>
                    <span class="method">{method}</span> {path}
                  </code>
                </a>
                <Prose said={summary} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </ReferencePage>
  )
}

/** The calls of one chapter, whole. */
export function ChapterPage({ context, api, chapter }: { context: PageContext; api: Api; chapter: Chapter }) {
  const say = sayIn(context.language)
  return (
    <ReferencePage context={context} api={api}>
      <h1 lang="en">{chapter.name}</h1>
      {chapter.operations.map((operation) => (
        <OperationView key={operation.id} say={say} operation={operation} />
      ))}
    </ReferencePage>
  )
}

/** Every code of a refusal, what a refusal looks like, and whether the same call may succeed later. */
export function ErrorsPage({ context, api }: { context: PageContext; api: Api }) {
  const say = sayIn(context.language)
  return (
    <ReferencePage context={context} api={api}>
      <h1>{say('reference.errors')}</h1>
      <p>{say('reference.errorsLead')}</p>
      <dl class="fields">
        {api.problems.map(({ code, status, mayRetry }) => {
          const key = `errors.${code}`
          return (
            <div key={code} id={code}>
              <dt>
                <code>{code}</code> <span class="soft">{status}</span>{' '}
                {mayRetry ? <span class="needed">{say('reference.mayRetry')}</span> : null}
              </dt>
              <dd>{isTextKey(key) ? textWithNames(context.language, key) : null}</dd>
            </div>
          )
        })}
      </dl>
    </ReferencePage>
  )
}
