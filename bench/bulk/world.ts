import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { samplePdf } from '../../tests/support/pdf-samples.ts'
import type { ServiceProcess } from '../../tests/support/service.ts'

const entry = fileURLToPath(new URL('../../bin/meterai.js', import.meta.url))

/** Documents to stamp, of how many KB each, and how often whoever stamps them is killed. */
export type Options = { files: number; kilobytes: number; kills: number }

/** A folder with documents in `in`, whose copies go to `out`, and a service. */
export type World = { folder: string; service: ServiceProcess }

/** How it went. `memory`: rows of the table about the most that was held in memory. */
export type Measured = {
  killedWith: number[]
  drySeconds: number
  seconds: number
  charged: number
  memory?: Record<string, number>
}

export function prove(what: string, holds: boolean, found: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`)
}

/** Documents that differ, of some size: a page, and bytes that nobody reads. */
export function writeFiles(folder: string, { files, kilobytes }: Options): void {
  mkdirSync(folder)
  const padding = `<</Length ${kilobytes * 1024}>>\nstream\n${'x'.repeat(kilobytes * 1024)}\nendstream`
  for (let at = 0; at < files; at++)
    writeFileSync(
      join(folder, `${String(at).padStart(5, '0')}.pdf`),
      samplePdf({ trailer: `/Nama (${at})`, objects: { 9: padding } }),
    )
}

/** Starts a command beside the service. */
export function start({ folder, service }: World, words: readonly string[]): ChildProcess {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    LANG: 'en_US.UTF-8',
    METERAI_DATA: join(folder, 'data'),
    METERAI_STATE: join(folder, 'state'),
    METERAI_URL: service.url,
  }
  return spawn(process.execPath, [entry, ...words, '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Runs it to its end. */
export async function finish(child: ChildProcess): Promise<{ exitCode: number; json: Record<string, unknown> }> {
  const [out] = await Promise.all([child.stdout === null ? '' : text(child.stdout), once(child, 'exit')])
  return { exitCode: child.exitCode ?? -1, json: JSON.parse(out.trimEnd().split('\n').at(-1) ?? '{}') }
}

/** Gives the demo account what it needs; answers what it has spent. */
export async function grantQuota(world: World, units: number): Promise<number> {
  await finish(start(world, ['quota', 'grant', world.service.demo.accountId, String(units)]))
  const { json } = await finish(start(world, ['quota']))
  return Number(json['spent'])
}

/** Proves as many charges and stamped copies as documents, and a ledger that adds up; answers the charges. */
export async function proveStamped(world: World, files: number, spentBefore: number): Promise<number> {
  const after = await finish(start(world, ['quota']))
  const charged = Number(after.json['spent']) - spentBefore
  prove('the charges', charged === files && after.json['reserved'] === 0, after.json)
  const verified = await finish(start(world, ['verify', 'out']))
  prove('the stamps', verified.exitCode === 0 && verified.json['files'] === files, verified.json)
  const ledger = await finish(start(world, ['check', 'ledger']))
  prove('the ledger', ledger.exitCode === 0, ledger.json)
  return charged
}
