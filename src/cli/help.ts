import { text } from '../base/text.ts'
import { documentTypeSlugs } from '../stamp/document-types.ts'
import { stampSidePoints } from '../stamp/recipe.ts'
import { everyOption, type OptionShape } from './arguments.ts'
import type { Command } from './command.ts'
import type { Screen } from './screen.ts'

/** What all commands do, or what one takes. */
export function showHelp(screen: Screen, commands: readonly Command[], only?: Command): void {
  const say = (key: Command['says'], values = {}) => text(screen.language, key, values)
  if (only !== undefined) {
    screen.line(only.usage)
    screen.line(say(only.says))
    screen.line('')
    screen.line(say('cli.help.options'))
    const values = { types: documentTypeSlugs.join(', '), side: stampSidePoints.usual }
    const options: [string, OptionShape][] = Object.entries({ ...only.options, ...everyOption })
    listed(
      screen,
      options.map(([name, shape]) => [written(name, shape), say(shape.says, values)]),
    )
    return
  }
  screen.line(say('cli.help.heading'))
  screen.line('')
  screen.line(say('cli.help.commands'))
  listed(screen, [
    ...commands.map(({ name, says }) => [name, say(says)] as const),
    ['help', say('cli.help.help')] as const,
  ])
  screen.line('')
  screen.line(say('cli.help.options'))
  listed(
    screen,
    Object.entries(everyOption).map(([name, shape]) => [written(name, shape), say(shape.says)]),
  )
  screen.line('')
  screen.line(say('cli.help.more'))
}

function written(name: string, { short, value }: OptionShape): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

function listed(screen: Screen, rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([left]) => left.length))
  for (const [left, right] of rows) screen.line(`  ${left.padEnd(width)}  ${right}`)
}
