import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

/** How something stands: a word and a shape, never colour alone. */
export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const shapes = { good: 'tick', warn: 'mark', bad: 'cross', plain: 'info' } as const satisfies Record<Tone, IconName>

/** A raised box. */
export function Panel({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section class="card">
      {title === undefined ? null : <h2>{title}</h2>}
      {children}
    </section>
  )
}

/** Something to know before going on. */
export function Notice({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`}>
      <Icon name={shapes[tone]} size={24} />
      <div>{children}</div>
    </div>
  )
}

/** A verdict: one sentence with its shape, the first thing people see. */
export function Verdict({ tone, sentence }: { tone: Tone; sentence: ComponentChildren }) {
  return (
    <p class={`verdict ${tone}`}>
      <Icon name={shapes[tone]} size={28} />
      <strong>{sentence}</strong>
    </p>
  )
}

/** The state of a thing in a list. Its word begins with a capital everywhere, though in a sentence the same word does not. */
export function StateWord({ tone, children, icon }: { tone: Tone; children: ComponentChildren; icon?: IconName }) {
  const words = typeof children === 'string' ? children.replace(/^./u, (letter) => letter.toUpperCase()) : children
  return (
    <span class={`state ${tone}`}>
      <Icon name={icon ?? shapes[tone]} size={16} /> {words}
    </span>
  )
}

/** What was answered, each with a way to change it. */
export function SummaryList({
  rows,
}: {
  rows: readonly { label: string; value: ComponentChildren; change?: { href: string; label: string; says: string } }[]
}) {
  return (
    <dl class="rows">
      {rows.map(({ label, value, change }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {change === undefined ? null : (
            <dd class="rows-act">
              <a href={change.href}>
                {change.label}
                <span class="unseen"> {change.says}</span>
              </a>
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}

/** The steps of a journey as a thin line. `at` counts from 0; `says` names the list for those who hear it. */
export function Steps({ says, names, at }: { says: string; names: readonly string[]; at: number }) {
  return (
    <ol class="steps" aria-label={says}>
      {names.map((name, index) => (
        <li key={name} class={index < at ? 'done' : undefined} aria-current={index === at ? 'step' : undefined}>
          <span>{name}</span>
        </li>
      ))}
    </ol>
  )
}

/** What goes on, step by step, in words. */
export function Progress({ steps }: { steps: readonly { says: string; state: 'done' | 'now' | 'later' }[] }) {
  return (
    <ol class="progress" aria-live="polite">
      {steps.map(({ says, state }) => (
        <li key={says} class={state}>
          <Icon name={state === 'done' ? 'tick' : 'wait'} /> {says}
        </li>
      ))}
    </ol>
  )
}

/** A number that people read out or copy, in groups; one tap copies it whole where there is a script. */
export function Reference({ value, groups, copy }: { value: string; groups: readonly string[]; copy: string }) {
  return (
    <span class="reference" data-copy={value}>
      <span class="serial">
        {groups.map((group) => (
          <span key={group}>{group}</span>
        ))}
      </span>
      <button type="button" class="button button-quiet" data-copy-button hidden>
        {copy}
      </button>
    </span>
  )
}

/** Until when, as text: the time with its zone; a script tells what is left as well. `left` and `over` are sentences for it. */
export function Countdown(given: { until: Date; says: ComponentChildren; left: string; over: string }) {
  const { until, says, left, over } = given
  return (
    <span class="countdown" data-until={until.toISOString()} data-left={left} data-over={over}>
      {says} <span data-remaining />
    </span>
  )
}

/** Where more of a list lies. */
export function Pagination(given: {
  says: string
  newer?: { href: string; label: string } | undefined
  older?: { href: string; label: string } | undefined
}) {
  const { says, newer, older } = given
  return (
    <nav class="pages" aria-label={says}>
      {newer === undefined ? null : (
        <a rel="prev" href={newer.href}>
          {newer.label}
        </a>
      )}
      {older === undefined ? null : (
        <a rel="next" href={older.href}>
          {older.label}
        </a>
      )}
    </nav>
  )
}

/** A table on wide screens that is a list on a phone; each cell carries its heading for that. */
export function Table({
  caption,
  heads,
  rows,
}: {
  caption: string
  heads: readonly string[]
  rows: readonly (readonly ComponentChildren[])[]
}) {
  return (
    <table class="table">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, at) => (
              <td key={heads[at]} data-head={heads[at]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
