import { mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../src/database/database.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { startServiceProcess } from '../support/service.ts'
import { torturePayments } from './torture-payments.ts'

const usage = `npm run torture:payments -- [--orders N] [--kills K] [--seed S] [--json]

Orders are paid, told of again and again, in any order, late, never, and lied about, while the service is killed (kill -9). Every paid
order must be credited exactly once, no unpaid one, each forged notification refused, and both checks be clean. Ends with 1 where not.`

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${text} is no whole number\n${usage}`)
  return value
}

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { orders: text, kills: text, seed: text, json: { type: 'boolean' } } })
const options = {
  orders: wholeNumber('orders', values.orders, 2_000),
  kills: wholeNumber('kills', values.kills, 5),
  seed: wholeNumber('seed', values.seed, Date.now() % 1_000_000),
  say: (line: string) => console.error(line),
}
const folder = await mkdtemp(join(tmpdir(), 'openmeterai-torture-'))
// PostgreSQL's own user has to get through.
await chmod(folder, 0o711)
const dataFolder = join(folder, 'data')
console.error(`seed ${options.seed}: ${options.orders} orders, ${options.kills} deaths, in ${folder}`)
const first = await startServiceProcess({ dataFolder })
const running = await runningEmbedded(dataFolder)
if (running === undefined) throw new Error('no database runs')
const database = openDatabase({ url: running.serviceUrl, applicationName: 'openmeterai torture', connectionsMax: 3 })
let started = 0
const start = () => (started++ === 0 ? Promise.resolve(first) : startServiceProcess({ dataFolder }))
const report = await torturePayments({ dataFolder, database, start }, options)
await database.close()
const { problems, ...counts } = report
console.table(counts)
for (const problem of problems.slice(0, 50)) console.error(`- ${problem}`)
console.error(
  problems.length === 0
    ? `seed ${options.seed}: clean`
    : `seed ${options.seed}: ${problems.length} PROBLEMS; kept: ${folder}`,
)
if (values.json === true) console.log(JSON.stringify({ seed: options.seed, ...report }))
if (problems.length === 0) await rm(folder, { recursive: true, force: true })
process.exitCode = problems.length === 0 ? 0 : 1
