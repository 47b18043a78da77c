import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'

let prepared = false

/** The texts of the QR codes that a phone's reader finds in a PNG. Its program comes from the package, never from the network. */
export async function readQrCodes(png: Uint8Array): Promise<string[]> {
  if (!prepared) {
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } })
    prepared = true
  }
  const codes = await readBarcodes(png, { formats: ['QRCode'] })
  return codes.map(({ text }) => text)
}
