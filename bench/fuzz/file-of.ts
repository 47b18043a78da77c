import { latin1Text } from '../../src/stamp/pdf/objects.ts'
import { bombNames, bombOf } from './bombs.ts'
import { mutateDer } from './der-mutations.ts'
import { mutate } from './mutations.ts'
import { Random } from './random.ts'
import type { Sample } from './samples.ts'

/** One made file: what it came from and what was done to it. */
export type Made = { kind: 'pdf' | 'der'; bytes: Uint8Array; how: string }

/** Of so many files, one is DER taken out of a stamp; one in `bombsOneIn` is a bomb. */
const derOneIn = 6
const bombsOneIn = 40

/** DER in the samples: signature containers and the streams of the validation data, found by how they begin. */
function derOf(samples: readonly Sample[]): Sample[] {
  return samples.flatMap(({ name, bytes }) => {
    if (!/^(?:once|twice)[^,]*$/.test(name)) return []
    const text = latin1Text(bytes)
    const containers = Array.from(text.matchAll(/\/Contents ?<(30[0-9a-f]+)>/g), (match) =>
      Buffer.from(match[1] ?? '', 'hex'),
    )
    const streams = Array.from(text.matchAll(/stream\n(0\x82[^]*?)\nendstream/g), (match) =>
      Buffer.from(match[1] ?? '', 'latin1'),
    )
    return [...containers, ...streams].map((der, index) => ({
      name: `${name} DER ${index}`,
      bytes: new Uint8Array(der),
    }))
  })
}

/** Makes the files of a run: the same samples, seed and number give the same file. */
export function fileMaker(samples: readonly Sample[], seed: number): (number: number) => Made {
  const ders = derOf(samples)
  const small = samples.filter(({ bytes }) => bytes.length < 10_000)
  return (number) => {
    const random = new Random(seed, number)
    if (ders.length > 0 && random.onceIn(derOneIn)) {
      const { name, bytes } = random.pick(ders)
      return { kind: 'der', bytes: mutateDer(bytes, random), how: name }
    }
    if (random.onceIn(bombsOneIn)) {
      const name = random.pick(bombNames)
      return { kind: 'pdf', bytes: bombOf(name, random), how: name }
    }
    // small ones run in a tenth of the time, and reach most of the reader
    const from = random.onceIn(3) || small.length === 0 ? samples : small
    const [sample, other] = [random.pick(from), random.pick(samples)]
    const { bytes, how } = mutate(sample.bytes, other.bytes, random)
    return { kind: 'pdf', bytes, how: `${sample.name}: ${how.join(', ')}` }
  }
}
