import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startServiceProcess } from '../tests/support/service.ts'
import { measureBrowser } from './bulk/by-browser.ts'
import { measureCommand } from './bulk/by-command.ts'
import { writeFiles, type Options } from './bulk/world.ts'

const usage = `npm run bench:bulk [-- --browser --files N --kilobytes K --kills N --json]

Writes N PDFs of K KB, starts a service over an embedded database of its own, and runs "meterai bulk" on the folder, or with --browser the
page /massal in Chromium: killed by SIGKILL so many times on the way, and run again to its end. Fails unless there are N stamps, N charges, N
copies that verify, and a ledger that adds up.`

type Asked = Options & { browser: boolean; json: boolean }

function readOptions(words: string[]): Asked {
  const [word, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  const { values } = parseArgs({
    args: words,
    options: { browser: flag, files: word, kilobytes: word, kills: word, json: flag },
  })
  const options = {
    files: Number(values.files ?? 3000),
    kilobytes: Number(values.kilobytes ?? 100),
    kills: Number(values.kills ?? 2),
  }
  const isWrong = Object.values(options).some((value) => !Number.isSafeInteger(value) || value < 0)
  if (isWrong || options.files < 1) throw new Error(usage)
  return { ...options, browser: values.browser ?? false, json: values.json ?? false }
}

async function main(): Promise<void> {
  const { browser, json, ...options } = readOptions(process.argv.slice(2))
  const { files, kilobytes } = options
  const folder = mkdtempSync(join(tmpdir(), 'meterai-bulk-'))
  try {
    writeFiles(join(folder, 'in'), options)
    const service = await startServiceProcess({ dataFolder: join(folder, 'data') })
    try {
      const measured = await (browser ? measureBrowser : measureCommand)({ folder, service }, options)
      if (json) return console.log(JSON.stringify({ ...options, browser, ...measured }))
      const { killedWith, drySeconds, seconds, charged, memory = {} } = measured
      console.log(
        `Documents of ${kilobytes} KB        ${files}, by ${browser ? 'the page in Chromium' : 'meterai bulk'}`,
      )
      console.log(`Dry run                    ${drySeconds.toFixed(1)} s`)
      console.log(`Killed with copies         ${killedWith.join(', ') || 'never'}`)
      console.log(`All runs together          ${seconds.toFixed(1)} s, ${(files / seconds).toFixed(0)} a second`)
      console.log(`Stamps, charges, copies    ${files}, ${charged}, ${files}; the ledger adds up`)
      for (const [name, megabytes] of Object.entries(memory))
        console.log(`Most in memory, ${name.padEnd(11)}${megabytes.toFixed(0)} MB`)
    } finally {
      await service.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
