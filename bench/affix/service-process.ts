import { register } from 'node:module'

// The whole service in a process of its own, as `meterai serve` runs it; `BENCH_STAND_INS` (JSON, URL to URL) names modules
// that a yardstick replaces. Tells its address, stops when told to.

const { BENCH_STAND_INS: standIns, ...environment } = process.env
if (standIns !== undefined) register('./replacing-hooks.js', import.meta.url, { data: JSON.parse(standIns) })
const { startService } = await import('../../src/main.ts')

const service = await startService(environment)
process.send?.({ url: service.url })
process.on('message', () => void service.stop().then(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
