import { startService } from '../../src/main.ts'

// A service in a process of its own, told everything by its environment, as `meterai serve`.

const service = await startService(process.env)
process.send?.({ url: service.url, demo: service.demo })
process.on('message', () => void service.stop().then(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
