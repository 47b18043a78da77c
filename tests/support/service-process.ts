import { faultPoints, installFaultHook } from '../../src/base/fault-points.ts'
import { startService } from '../../src/main.ts'

// A service in a process of its own, for tests that kill it. `FAULT_POINT` names where it kills itself with -9, the first
// time it gets there; everything else comes from its environment, as for `meterai serve`.

const { FAULT_POINT: fatal, ...environment } = process.env
if (fatal !== undefined && !faultPoints.some((name) => name === fatal))
  throw new Error(`no fault point is called ${fatal}`)
installFaultHook((name) => {
  if (name === fatal) process.kill(process.pid, 'SIGKILL')
})
const service = await startService(environment)
process.send?.({ url: service.url, demo: service.demo })
process.on('message', () => void service.stop().then(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
