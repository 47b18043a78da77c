#!/usr/bin/env -S node --max-semi-space-size=64
// Registers the TypeScript loader, found beside this file whatever folder the command runs in, then hands over to main.ts.
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'

register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
const { main } = await import('../src/main.ts')
process.exitCode = await main(process.argv.slice(2), process.env)
