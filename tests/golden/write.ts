import { writeGoldens } from '../support/golden-files.ts'

// `npm run golden -- FORMAT`: the golden files of a new format of the recipe. Those of an old one are never written again.

const [word = ''] = process.argv.slice(2)
const format = Number(word)
if (!/^[1-9]\d?$/.test(word))
  throw new Error(`"${word}" is no format of the recipe; say its number: npm run golden -- 2`)
console.log(`Format ${format}: ${writeGoldens(format).join(', ')}`)
