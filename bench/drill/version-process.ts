import { startService } from '../../src/main.ts'

// The service as the version that brings the migrations in MIGRATIONS_FOLDER. Tells its address, stops when told to.

const { MIGRATIONS_FOLDER: migrationsFolder, ...environment } = process.env
if (migrationsFolder === undefined) throw new Error('MIGRATIONS_FOLDER names the migrations of this version')
const service = await startService(environment, { migrationsFolder })
process.send?.({ url: service.url })
process.on('message', () => void service.stop().then(() => process.exit(0)))
process.on('disconnect', () => process.exit(0))
