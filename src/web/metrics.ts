import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { TriedMessage } from '../notices/messages/send.ts'
import type { DatabaseFigures } from './database-figures.ts'

/** Ways in and parts of the service that end affixings: the digest alone (`api`), the whole file (`upload`), two jobs. */
export type Channel = 'api' | 'upload' | 'sweep' | 'timestamps'
/** How a call, or a job's work on one affixing, ended. `waiting`: for a timestamp; `failed`: our fault. */
export type Outcome = 'reserved' | 'affixed' | 'waiting' | 'released' | 'expired' | 'refused' | 'overloaded' | 'failed'

/** What the parts of the service report, and the page that Prometheus reads. Reporting is a few additions in memory. */
export type Metrics = {
  affixings: (ended: { outcome: Outcome; channel: Channel; count?: number }) => void
  batch: (lane: 'write' | 'read', run: { items: number; waitedMilliseconds: number }) => void
  timestamp: (outcome: 'ok' | 'failed') => void
  message: (tried: Pick<TriedMessage, 'route' | 'outcome'>) => void
  ledgerChecked: (holds: boolean, at: Date) => void
  jobFailed: (job: string) => void
  paymentsChecked: (differences: number, at: Date) => void
  payment: (sighting: { gateway: string; outcome: string }) => void
  answered: (request: { route: string; status: number; seconds: number }) => void
  /** Undefined where the database did not answer in time: its gauges then have no number. */
  databaseFigures: (figures: DatabaseFigures | undefined) => void
  /** Every name, for the table in docs/operate.md. */
  names: () => string[]
  contentType: string
  page: () => Promise<string>
}

/** The metrics of one process. */
export function openMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })

  const affixings = new Counter({
    name: 'affixings_total',
    help: 'Affixing calls answered and affixings settled by jobs, by outcome and channel; a repeat counts again',
    labelNames: ['outcome', 'channel'],
    registers,
  })
  const items = new Histogram({
    name: 'affixing_batch_items',
    help: 'Operations of one batch, by lane (write, read)',
    labelNames: ['lane'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  })
  const waited = new Histogram({
    name: 'affixing_batch_wait_seconds',
    help: 'Wait of the first operation of a batch, by lane (write, read)',
    labelNames: ['lane'],
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2],
    registers,
  })
  const timestamps = new Counter({
    name: 'timestamps_total',
    help: 'Timestamps asked for, by outcome (ok, failed)',
    labelNames: ['outcome'],
    registers,
  })
  const messages = new Counter({
    name: 'messages_total',
    help: 'Tries to send a message, by route (sms, whatsapp, email) and outcome (sent, failed, given_up)',
    labelNames: ['route', 'outcome'],
    registers,
  })
  const jobFailures = new Counter({
    name: 'job_failures_total',
    help: 'Rounds of background jobs that failed, by job',
    labelNames: ['job'],
    registers,
  })
  const payments = new Counter({
    name: 'payments_total',
    help: 'Notifications of payment gateways and looks at them, by gateway and outcome',
    labelNames: ['gateway', 'outcome'],
    registers,
  })
  const requests = new Histogram({
    name: 'http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.25, 0.5, 2, 10],
    registers,
  })
  const invariant = gauge('ledger_invariant', '1: every unit given is available, reserved or spent; 0: it is not')
  const checked = gauge('ledger_checked_timestamp_seconds', 'When that was last proven, in seconds since 1970')
  const differences = gauge(
    'payment_differences',
    'Differences between orders, payments, ledger and gateways at the last look',
  )
  const compared = gauge('payments_checked_timestamp_seconds', 'When that was last looked at, in seconds since 1970')
  differences.set(Number.NaN)
  compared.set(Number.NaN)
  invariant.set(Number.NaN)
  checked.set(Number.NaN)
  const setFigures = databaseGauges(gauge)
  setFigures(undefined)

  return {
    affixings: ({ outcome, channel, count = 1 }) => affixings.inc({ outcome, channel }, count),
    batch(lane, run) {
      items.observe({ lane }, run.items)
      waited.observe({ lane }, run.waitedMilliseconds / 1000)
    },
    timestamp: (outcome) => timestamps.inc({ outcome }),
    message: ({ route, outcome }) => messages.inc({ route, outcome }),
    ledgerChecked(holds, at) {
      invariant.set(holds ? 1 : 0)
      checked.set(at.getTime() / 1000)
    },
    jobFailed: (job) => jobFailures.inc({ job }),
    paymentsChecked(count, at) {
      differences.set(count)
      compared.set(at.getTime() / 1000)
    },
    payment: ({ gateway, outcome }) => payments.inc({ gateway, outcome }),
    answered: ({ route, status, seconds }) => requests.observe({ route, status: String(status) }, seconds),
    databaseFigures: setFigures,
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
    contentType: registry.contentType,
    page: () => registry.metrics(),
  }
}

/** Gauges that hold what the database said last. */
function databaseGauges(gauge: (name: string, help: string) => Gauge): Metrics['databaseFigures'] {
  const answers = gauge(
    'database_figures_read',
    '1: the gauges below are fresh; 0: the database did not answer in time',
  )
  const gauges: Record<keyof DatabaseFigures, Gauge> = {
    reserved: gauge('affixings_reserved', 'Open reservations'),
    oldestReservedSeconds: gauge('affixings_oldest_reserved_seconds', 'Age of the oldest open reservation'),
    outboxLagSeconds: gauge('outbox_lag_seconds', 'How long the event that is most overdue has been due'),
    outboxGivenUp: gauge('outbox_given_up', 'Events that used up all their tries'),
    auditLagSeconds: gauge('audit_lag_seconds', 'Age of the oldest audit entry without a place in the chain'),
    clockSkewSeconds: gauge('clock_skew_seconds', "This machine's clock less the database's"),
  }
  return (figures) => {
    answers.set(figures === undefined ? 0 : 1)
    gauges.reserved.set(figures?.reserved ?? Number.NaN)
    gauges.oldestReservedSeconds.set(figures?.oldestReservedSeconds ?? Number.NaN)
    gauges.outboxLagSeconds.set(figures?.outboxLagSeconds ?? Number.NaN)
    gauges.outboxGivenUp.set(figures?.outboxGivenUp ?? Number.NaN)
    gauges.auditLagSeconds.set(figures?.auditLagSeconds ?? Number.NaN)
    gauges.clockSkewSeconds.set(figures?.clockSkewSeconds ?? Number.NaN)
  }
}

/** What an answer says of an affixing; undefined for calls that change none. */
export function outcomeOf(answer: {
  method: string
  route: string
  status: number
}): { outcome: Outcome; channel: Channel } | undefined {
  const { method, route, status } = answer
  const done = doneBy[`${method} ${route}`]
  if (done === undefined) return undefined
  const { channel, outcome } = done
  if (status === 202) return { channel, outcome: 'waiting' }
  if (status < 300) return { channel, outcome }
  if (status === 429 || status === 503) return { channel, outcome: 'overloaded' }
  return { channel, outcome: status < 500 ? 'refused' : 'failed' }
}

const doneBy: Partial<Record<string, { channel: Channel; outcome: Outcome }>> = {
  'POST /v1/affixings': { channel: 'api', outcome: 'reserved' },
  'PUT /v1/affixings/:id/signature': { channel: 'api', outcome: 'affixed' },
  'DELETE /v1/affixings/:id': { channel: 'api', outcome: 'released' },
  'POST /v1/stampings': { channel: 'upload', outcome: 'affixed' },
  'PUT /v1/stampings/:key': { channel: 'upload', outcome: 'affixed' },
}
