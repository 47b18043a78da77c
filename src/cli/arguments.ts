import { parseArgs } from 'node:util'
import type { TextKey } from '../base/text.ts'
import { badUsage } from './outcome.ts'

/** An option of a command: whether it takes a value, its single letter, how help writes the value, and what help says. */
export type OptionShape = { type: 'string' | 'boolean'; short?: string; value?: string; says: TextKey }
export type OptionShapes = Readonly<Record<string, OptionShape>>

/** What was typed after the command. */
export type Arguments = {
  words: string[]
  text(name: string): string | undefined
  flag(name: string): boolean
}

/** Options every command takes. */
export const everyOption = {
  json: { type: 'boolean', says: 'cli.option.json' },
  lang: { type: 'string', value: 'id|en', says: 'cli.option.lang' },
  help: { type: 'boolean', short: 'h', says: 'cli.option.help' },
} as const satisfies OptionShapes

/** Reads a command's arguments; throws Stopped with the way out for what it does not know. */
export function parseArguments(command: string, argv: readonly string[], shapes: OptionShapes): Arguments {
  const options = Object.fromEntries(
    Object.entries({ ...shapes, ...everyOption }).map(([name, shape]) => [
      name,
      'short' in shape ? { type: shape.type, short: shape.short } : { type: shape.type },
    ]),
  )
  const parsed = attempt(command, () => parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }))
  return {
    words: parsed.positionals,
    text(name) {
      const value = parsed.values[name]
      return typeof value === 'string' ? value : undefined
    },
    flag: (name) => parsed.values[name] === true,
  }
}

function attempt<Value>(command: string, parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const option = /'(-{1,2}[^' =,]*)/.exec(error.message.replace(/-\w, --/, '--'))?.[1] ?? ''
    if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw badUsage('cli.usage.option', { command, option })
    if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
      throw badUsage('cli.usage.optionValue', { command, option })
    throw error
  }
}

/** The only word of a command that takes one. */
export function onlyWord(given: Arguments, command: { name: string; usage: string }): string {
  const [word] = given.words
  if (word === undefined || given.words.length !== 1 || word === '')
    throw badUsage('cli.usage.words', { command: command.name, usage: command.usage })
  return word
}
