import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { openMetrics } from '../src/web/metrics.ts'
import { textOf } from './support/tracked-files.ts'

const exported = openMetrics().names()

/** Names in the first column of the table in docs/operate.md that begins with this head. */
function documented(head: string): string[] {
  const page = textOf('docs/operate.md') ?? ''
  const table = page.slice(page.indexOf(head)).split('\n\n', 1)[0] ?? ''
  const cells = table.split('\n').slice(2)
  return cells.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''))
}

/** Words of an expression that may be names of metrics: what is no function, label, value, range or variable. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\bby\s*\([^)]*\)/g, '')
  const words = [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\s*\(|[a-z0-9_])/gi)].map(([word]) => word)
  return words.map((word) => (exported.includes(word) ? word : word.replace(/_(?:bucket|sum|count)$/, '')))
}

const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z]\w+$/),
          expr: z.string().min(1),
          for: z
            .string()
            .regex(/^\d+[mh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string().min(1), action: z.string().min(1) }),
        }),
      ),
    }),
  ),
})
const dashboardFile = z.looseObject({
  title: z.string(),
  panels: z
    .array(z.looseObject({ title: z.string(), targets: z.array(z.looseObject({ expr: z.string().min(1) })).min(1) }))
    .min(1),
})

test('docs/operate.md and the service know the same metrics', () => {
  const rows = documented('| Metric |')

  expect(rows.toSorted()).toEqual(exported.toSorted())
})

test('the alert rules can be read and ask for metrics of ours alone', () => {
  const { groups } = ruleFile.parse(parse(textOf('ops/alerts.yaml') ?? ''))
  const rules = groups.flatMap((group) => group.rules)
  const names = rules.map(({ alert }) => alert)

  expect(new Set(names).size).toBe(names.length)
  expect(rules.every(({ expr }) => metricsIn(expr).length > 0)).toBe(true)
  expect(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !exported.includes(name))).toEqual([])
})

test('the dashboard can be read and shows metrics of ours alone', () => {
  const { panels } = dashboardFile.parse(JSON.parse(textOf('ops/dashboard.json') ?? ''))
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

  expect(expressions.every((expr) => metricsIn(expr).length > 0)).toBe(true)
  expect(expressions.flatMap(metricsIn).filter((name) => !exported.includes(name))).toEqual([])
})

test('every figure an operator must watch has a rule', () => {
  const rules = textOf('ops/alerts.yaml') ?? ''
  const watched = exported.filter((name) => !/^(?:process|nodejs)_/.test(name) && name !== 'affixings_reserved')

  expect(watched.filter((name) => !rules.includes(name))).toEqual([])
})
