import type { Arguments } from './arguments.ts'
import type { Command, CommandContext, OperatorAccess, RecoveryRow } from './command.ts'
import { badUsage, localExits, Stopped, type Outcome } from './outcome.ts'
import { askPassword } from './pdf-password.ts'
import type { Screen } from './screen.ts'

/** `meterai operator access`: a way back for who lost every way in, by two operators; works on the database itself. */
export const operatorAccessCommand: Command = {
  name: 'operator access',
  usage:
    'meterai operator access find [ACCOUNT] | contact PERSON | authenticator PERSON | list | approve CASE | cancel CASE',
  says: 'cli.help.access',
  options: {},
  run: workAccess,
}

async function workAccess(given: Arguments, context: CommandContext): Promise<Outcome> {
  const { screen, starters } = context
  const access = starters.operatorAccess
  const [verb = '', named, ...more] = given.words
  const usage = badUsage('cli.usage.words', {
    command: operatorAccessCommand.name,
    usage: operatorAccessCommand.usage,
  })
  if (more.length > 0) throw usage
  if (verb === 'find') return find(context, named)
  if (verb === 'list' && named === undefined) return list(screen, access)
  if (named === undefined) throw usage
  if (verb === 'contact') {
    const contact = await askLine(context, 'cli.access.askContact')
    const asked = worked(await access.askContact({ person: named, contact }), named)
    screen.say('cli.access.askedContact', { id: asked.id, person: named, contact: asked.contact })
    return { exitCode: 0, json: { ...asked, person: named } }
  }
  if (verb === 'authenticator') {
    const { id } = worked(await access.askAuthenticator(named), named)
    screen.say('cli.access.askedAuthenticator', { id, person: named })
    return { exitCode: 0, json: { ok: true, id, person: named } }
  }
  if (verb === 'approve') {
    const { readyAt } = worked(await access.approve(named), named)
    screen.say('cli.access.approved', { id: named, readyAt })
    return { exitCode: 0, json: { ok: true, id: named, readyAt } }
  }
  if (verb !== 'cancel') throw usage
  worked(await access.cancel(named), named)
  screen.say('cli.access.cancelled', { id: named })
  return { exitCode: 0, json: { ok: true, id: named } }
}

/** What an act came to; a problem ends the command. */
function worked<T extends { ok: true }>(act: T | { ok: false; problem: AccessProblem }, named: string): T {
  if (!act.ok) throw new Stopped(`cli.access.problem.${act.problem}`, { id: named }, localExits.dataWrong)
  return act
}
type AccessProblem = Extract<Awaited<ReturnType<OperatorAccess['cancel']>>, { ok: false }>['problem']

/** Numbers and contacts of people are asked for at the terminal: arguments stand in the shell's history, and every process can read them. */
async function askLine({ terminal, screen }: CommandContext, ask: 'cli.access.askNik' | 'cli.access.askContact') {
  const typed = await askPassword(terminal, () => screen.tell(ask))
  if (typed === undefined) throw badUsage('cli.access.noTerminal')
  return typed.trim()
}

async function find(context: CommandContext, account: string | undefined): Promise<Outcome> {
  const { screen, starters } = context
  const by = account === undefined ? { nik: await askLine(context, 'cli.access.askNik') } : { account }
  const items = await starters.operatorAccess.find(by)
  if (items.length === 0) throw new Stopped('cli.access.nobody', {}, localExits.inputMissing)
  for (const { account: id, kind, name, people } of items) {
    screen.line(`${id}  ${kind}  ${name}`)
    for (const one of people)
      screen.line(['', one.person, one.role, one.name, ...one.contacts, ...(one.hasApp ? ['TOTP'] : [])].join('  '))
  }
  screen.say('cli.proofing.recorded')
  return { exitCode: 0, json: { ok: true, items } }
}

async function list(screen: Screen, access: OperatorAccess): Promise<Outcome> {
  const items = await access.list()
  if (items.length === 0) screen.say('cli.access.none')
  for (const item of items) screen.line(rowOf(item))
  return { exitCode: 0, json: { ok: true, items } }
}

function rowOf({ id, kind, state, person, contact, askedBy, approvedBy, readyAt }: RecoveryRow): string {
  const parts = [id, kind, state, person, contact, askedBy, approvedBy, readyAt]
  return parts.filter((part) => part !== undefined).join('  ')
}
