import { formatNumber } from '../stamp/picture/number.ts'
import { ArtworkProblem } from './artwork-problem.ts'

/** The sixteen names that every version of HTML and SVG has. */
const names: Record<string, string> = {
  black: '#000000',
  silver: '#c0c0c0',
  gray: '#808080',
  white: '#ffffff',
  maroon: '#800000',
  red: '#ff0000',
  purple: '#800080',
  fuchsia: '#ff00ff',
  green: '#008000',
  lime: '#00ff00',
  olive: '#808000',
  yellow: '#ffff00',
  navy: '#000080',
  blue: '#0000ff',
  teal: '#008080',
  aqua: '#00ffff',
}

/** Red, green and blue as PDF has them, `.7 .13 .1`; undefined for `none`. Throws ArtworkProblem for what is no plain colour. */
export function colourOf(text: string): string | undefined {
  const wanted = text.trim().toLowerCase()
  if (wanted === 'none' || wanted === 'transparent') return undefined
  const parts = partsOf(names[wanted === 'currentcolor' ? 'black' : wanted] ?? wanted)
  if (parts === undefined || parts.some((part) => !(part >= 0 && part <= 255)))
    throw new ArtworkProblem(`the colour "${text}"; use #rrggbb, rgb() or one of: ${Object.keys(names).join(', ')}`)
  return parts.map((part) => formatNumber(part / 255, 4)).join(' ')
}

function partsOf(text: string): number[] | undefined {
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(text)
  if (long !== null) return long.slice(1).map((hex) => Number.parseInt(hex, 16))
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text)
  if (short !== null) return short.slice(1).map((hex) => Number.parseInt(hex + hex, 16))
  const list = /^rgb\(([^)]*)\)$/
    .exec(text)?.[1]
    ?.split(/[\s,]+/)
    .filter((part) => part !== '')
  if (list?.length !== 3) return undefined
  return list.map((part) => (part.endsWith('%') ? Number(part.slice(0, -1)) * 2.55 : Number(part)))
}
