import { storeEntriesMax } from '../../limits/stamping.ts'
import type { Certificate } from '../cms/certificate.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { isArray, isDict, isStream } from '../pdf/objects.ts'
import { certificateOf } from './chain.ts'
import { unlessDamaged } from './damage.ts'
import { revocationData, type RevocationData } from './revocation.ts'

/** What the file's /DSS holds (ISO 32000-2 12.8.4.3). Unproven, and possibly from whoever wrote last. */
export function validationStore(document: PdfDocument): { pool: Certificate[]; revocation: RevocationData } {
  const read = (key: string): Uint8Array[] => {
    const store = document.lookup(document.catalog(), 'DSS')
    const list = isDict(store) ? document.lookup(store, key) : null
    if (!isArray(list)) return []
    return list.items.slice(0, storeEntriesMax).flatMap((item) => {
      const stream = document.resolve(item)
      return isStream(stream) ? [document.decodeStream(stream)] : []
    })
  }
  const found = unlessDamaged(() => ({
    pool: read('Certs').flatMap((der) => certificateOf(der, document.primitives) ?? []),
    revocation: revocationData({ ocsps: read('OCSPs'), crls: read('CRLs') }, document.primitives),
  }))
  return found ?? { pool: [], revocation: { ocsps: [], crls: [] } }
}
