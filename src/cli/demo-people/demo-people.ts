import { join } from 'node:path'
import { text } from '../../base/text.ts'
import { parseArguments, type Arguments } from '../arguments.ts'
import { tellRecount } from '../check-ledger.ts'
import type { Command, CommandContext, TemporaryService } from '../command.ts'
import { badUsage, type Outcome } from '../outcome.ts'
import { writeWhole } from '../pdf-file.ts'
import { verifyCommand } from '../verify-file.ts'
import { walkPeople } from './people-journey.ts'
import { openVisitor } from './visitor.ts'

/** `meterai demo people`: from registration to a stamp by API calls alone, each of them shown; leaves nothing behind. */
export const demoPeopleCommand: Command = {
  name: 'demo people',
  usage: 'meterai demo people',
  says: 'cli.help.demoPeople',
  options: {},
  run: runDemoPeople,
}

async function runDemoPeople(given: Arguments, context: CommandContext): Promise<Outcome> {
  if (given.words.length > 0)
    throw badUsage('cli.usage.words', { command: demoPeopleCommand.name, usage: demoPeopleCommand.usage })
  context.screen.tell('cli.demo.starting')
  const temporary = await context.starters.startTemporary()
  try {
    return await tour(temporary, context)
  } finally {
    await temporary.stop()
  }
}

async function tour(temporary: TemporaryService, context: CommandContext): Promise<Outcome> {
  const { screen, wait } = context
  const { url } = temporary.service
  const visitor = openVisitor({
    url,
    language: screen.language,
    fetch,
    told: ({ method, path, status }) => screen.line(`   ${method} ${shortened(path)} -> ${status}`),
  })
  let steps = 0
  const stamped = await walkPeople({
    visitor,
    wait,
    step: (key, values) => screen.line(`${++steps}. ${text(screen.language, key, values)}`),
    result: (key, values) => screen.line(`   ${text(screen.language, key, values)}`),
  })
  const letter = join(temporary.folder, 'surat-bermeterai.pdf')
  await writeWhole(letter, [stamped.original, stamped.tail], true)
  screen.tell('cli.demo.verifying')
  const environment = { ...context.environment, METERAI_URL: url }
  const argv = parseArguments(verifyCommand.name, [letter], verifyCommand.options)
  const verified = await verifyCommand.run(argv, { ...context, environment })
  screen.tell('cli.demo.ledger')
  const ledger = tellRecount(screen, await temporary.checkLedger())
  const exitCode = verified.exitCode === 0 ? ledger.exitCode : verified.exitCode
  if (exitCode === 0) screen.say('cli.demo.done')
  const { serial, available } = stamped
  return {
    exitCode,
    json: { ok: exitCode === 0, steps, serial, available, verify: verified.json, ledger: ledger.json },
  }
}

/** Ids in full would hide which call it is. */
const shortened = (path: string): string => path.replaceAll(/(_[0-9a-f]{4})[0-9a-f]{28}/g, '$1...')
