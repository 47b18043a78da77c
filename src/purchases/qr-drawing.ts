import { encode } from 'uqr'

/** Modules of white around a symbol that readers need (ISO/IEC 18004 9.1). */
const quietModules = 4

function modulesOf(text: string): boolean[][] {
  return encode(text, { ecc: 'M', border: quietModules }).data
}

/** The text as a QR symbol in SVG: black on white in any theme, one unit a module, as large as its page wants it. */
export function qrSvg(text: string): string {
  const modules = modulesOf(text)
  const rows = modules.flatMap((row, y) => runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`))
  const size = modules.length
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${rows.join('')}"/></svg>`
}

/** Neighbouring dark modules of a row: where each run begins, and how long it is. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = []
  for (let x = 0; x < row.length; x++) {
    if (row[x] !== true) continue
    const from = x
    while (row[x + 1] === true) x++
    runs.push([from, x + 1 - from])
  }
  return runs
}

/** The same in half blocks, two rows a line, for terminals: light modules are drawn, so it is read on a dark ground. */
export function qrLines(text: string): string[] {
  const modules = modulesOf(text)
  const lines: string[] = []
  for (let y = 0; y < modules.length; y += 2) {
    const [upper = [], lower = []] = [modules[y], modules[y + 1]]
    lines.push(upper.map((dark, x) => half(!dark, lower[x] !== true && y + 1 < modules.length)).join(''))
  }
  return lines
}

function half(upperLight: boolean, lowerLight: boolean): string {
  if (upperLight) return lowerLight ? '█' : '▀'
  return lowerLight ? '▄' : ' '
}
