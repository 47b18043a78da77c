/** Powers of 2 in the field of 256 elements that ISO/IEC 18004 7.5.2 uses, and their logarithms. */
const powers = new Uint8Array(510)
const logarithms = new Uint8Array(256)
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  powers[exponent] = value
  powers[exponent + 255] = value
  logarithms[value] = exponent
  value = (value << 1) ^ (value > 127 ? 0x11d : 0)
}

function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (powers[(logarithms[a] ?? 0) + (logarithms[b] ?? 0)] ?? 0)
}

/** Logarithms of the generator's coefficients but for the highest, which is 1; none of them is 0 for what QR uses. */
function generatorOf(count: number): Uint8Array {
  const generator = new Uint8Array(count)
  generator[count - 1] = 1
  for (let root = 0; root < count; root++)
    for (let i = 0; i < count; i++)
      generator[i] = product(generator[i] ?? 0, powers[root] ?? 0) ^ (generator[i + 1] ?? 0)
  return generator.map((coefficient) => logarithms[coefficient] ?? 0)
}

const generators = new Map<number, Uint8Array>()

/** The `count` codewords that correct errors in these bytes (ISO/IEC 18004 7.5). */
export function correctionOf(bytes: Uint8Array, count: number): Uint8Array {
  const generator = generators.get(count) ?? generatorOf(count)
  generators.set(count, generator)
  const rest = new Uint8Array(count)
  for (const byte of bytes) {
    const factor = byte ^ (rest[0] ?? 0)
    const shift = logarithms[factor] ?? 0
    for (let i = 0; i < count; i++) {
      const term = factor === 0 ? 0 : (powers[shift + (generator[i] ?? 0)] ?? 0)
      rest[i] = (rest[i + 1] ?? 0) ^ term
    }
  }
  return rest
}
