import type { Language } from '../../src/base/sentences.ts'

/** How somebody goes through a journey: with the mouse or by keyboard alone, with scripts or without, on a phone or a desk, in a language. */
export type Mode = { scripts: boolean; hand: 'pointer' | 'keyboard'; width: 360 | 1280; language: Language }

/** Every way there is. */
export const everyMode: readonly Mode[] = ([true, false] as const).flatMap((scripts) =>
  (['pointer', 'keyboard'] as const).flatMap((hand) =>
    ([360, 1280] as const).flatMap((width) =>
      (['id', 'en'] as const).map((language) => ({ scripts, hand, width, language })),
    ),
  ),
)

/** Five ways in which any two values of different kinds meet once at least. */
export const spreadModes = [
  { scripts: true, hand: 'keyboard', width: 360, language: 'id' },
  { scripts: true, hand: 'pointer', width: 360, language: 'en' },
  { scripts: false, hand: 'keyboard', width: 360, language: 'en' },
  { scripts: false, hand: 'pointer', width: 1280, language: 'id' },
  { scripts: true, hand: 'keyboard', width: 1280, language: 'en' },
] as const satisfies readonly Mode[]

/** `script, keyboard, 360 px, id`. */
export const modeName = ({ scripts, hand, width, language }: Mode): string =>
  `${scripts ? 'script' : 'no script'}, ${hand}, ${width} px, ${language}`

/** The pairs of values that a mode brings together, as `hand=pointer width=360`. */
export function pairsOf(mode: Mode): string[] {
  const values = Object.entries(mode).map(([kind, value]) => `${kind}=${value}`)
  return values.flatMap((one, at) => values.slice(at + 1).map((other) => `${one} ${other}`))
}
