import { qrSymbol } from '../../../stamp/picture/qr-symbol.ts'

/** A text as a QR symbol: black on white in any theme, with the white around it that readers need. `says`: for those who hear it. */
export function QrPicture({ text, says, side }: { text: string; says: string; side: number }) {
  const symbol = qrSymbol(text)
  if (symbol === undefined) return null
  const { size, modules } = symbol
  const runs: string[] = []
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = x
      while (x < size && modules[y * size + x] === 1) x++
      if (x > from) runs.push(`M${from} ${y}h${x - from}v1H${from}z`)
    }
  return (
    <svg
      class="qr"
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      width={side}
      height={side}
      role="img"
      aria-label={says}
      shape-rendering="crispEdges"
    >
      <path fill="#fff" d={`M-4-4h${size + 8}v${size + 8}H-4z`} />
      <path d={runs.join('')} />
    </svg>
  )
}
