import type { Arguments } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { badUsage, localExits, type Outcome } from './outcome.ts'

/** `meterai check audit`: proves the chain over the audit from its first entry; works on the database itself. */
export const checkAuditCommand: Command = {
  name: 'check audit',
  usage: 'meterai check audit',
  says: 'cli.help.audit',
  options: {},
  run: proveAudit,
}

async function proveAudit(given: Arguments, { screen, starters }: CommandContext): Promise<Outcome> {
  if (given.words.length > 0)
    throw badUsage('cli.usage.words', { command: 'check audit', usage: checkAuditCommand.usage })
  const { clean, head, faults, ...counts } = await starters.checkAudit()
  const [entries, waiting] = [Number(counts.entries), Number(counts.waiting)]
  screen.say('cli.audit.totals', { entries, waiting, head })
  if (clean) screen.say('cli.audit.clean')
  else screen.tell('cli.audit.faults', { count: faults.length })
  const told = faults.map(({ rule, sequence, detail }) => ({
    rule,
    ...(sequence === undefined ? {} : { sequence: Number(sequence) }),
    detail,
  }))
  for (const { rule, sequence = '', detail } of told)
    screen.line(['-', rule, sequence, detail].filter(Boolean).join(' '))
  return {
    exitCode: clean ? 0 : localExits.dataWrong,
    json: { ok: clean, clean, entries, waiting, head, faults: told },
  }
}
