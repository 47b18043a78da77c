import { writeFileSync } from 'node:fs'
import {
  append,
  onePage,
  removeAuthorities,
  specimenSerial,
  stampPdf,
  temporarySigner,
} from '../../tests/support/stamped-pdf.ts'

// Makes the stamped samples: `tsx bench/fuzz/write-samples.ts`. They are kept, since keys and signatures are new each time
// and a seed would otherwise never give the same file twice.

const original = append(new Uint8Array(0), onePage('/Reserve 150 0 R'))
const folder = new URL('samples/', import.meta.url)
for (const keyAlgorithm of ['ec-p256', 'rsa-2048'] as const) {
  const signer = await temporarySigner(keyAlgorithm)
  const first = await stampPdf(original, signer, { serial: specimenSerial(1) })
  const second = await stampPdf(first.bytes, signer, { serial: specimenSerial(2), placement: { left: 200 } })
  writeFileSync(new URL(`once-${keyAlgorithm}.pdf`, folder), first.bytes)
  if (keyAlgorithm === 'ec-p256') writeFileSync(new URL(`twice-${keyAlgorithm}.pdf`, folder), second.bytes)
  for (const { certificate } of signer.trustRoots())
    writeFileSync(new URL(`root-${keyAlgorithm}.der`, folder), certificate)
}
await removeAuthorities()
