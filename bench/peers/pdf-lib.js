import { PDFArray, PDFDocument, PDFHexString, PDFName, PDFNumber, PDFString } from '@cantoo/pdf-lib'
import signpdf, { Signer } from '@signpdf/signpdf'

const { SignPdf } = signpdf

/** A placeholder for the numbers of /ByteRange, as @signpdf looks for it. */
const rangePlaceholder = '**********'

/** pdf-lib as maintained by Cantoo, with @signpdf; the CMS is ours, which spares it a slower one. */
export function openPeer({ containerOf, pictureOf, serialOf, box, contentsBytes }) {
  const signing = new SignPdf()
  return async (bytes, count) => {
    const pdf = await PDFDocument.load(bytes, { forIncrementalUpdate: true })
    addStamp(pdf, { serial: serialOf(count), picture: pictureOf(count), box, contentsBytes })
    const prepared = await pdf.commit({ useObjectStreams: false })
    return signing.sign(
      Buffer.from(prepared.buffer, prepared.byteOffset, prepared.length),
      new OwnSigner(containerOf, serialOf(count)),
    )
  }
}

function addStamp(pdf, { serial, picture, box, contentsBytes }) {
  const { context } = pdf
  const page = pdf.getPage(0)
  const range = PDFArray.withContext(context)
  range.push(PDFNumber.of(0))
  for (let i = 0; i < 3; i++) range.push(PDFName.of(rangePlaceholder))
  const signature = context.register(
    context.obj({
      Type: 'Sig',
      Filter: 'Adobe.PPKLite',
      SubFilter: 'ETSI.CAdES.detached',
      ByteRange: range,
      Contents: PDFHexString.of('0'.repeat(contentsBytes * 2)),
      Reason: PDFString.of(`[${serial}] Surat Pernyataan`),
      Location: PDFString.of('Jakarta'),
      M: PDFString.fromDate(new Date()),
    }),
  )
  const form = context.register(
    context.stream(picture, { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 100, 100], Resources: {} }),
  )
  const widget = context.register(
    context.obj({
      Type: 'Annot',
      Subtype: 'Widget',
      FT: 'Sig',
      Rect: box,
      V: signature,
      T: PDFString.of(`Emet${serial}`),
      F: 132,
      P: page.ref,
      AP: { N: form },
    }),
  )
  page.node.addAnnot(widget)
  pdf.catalog.set(PDFName.of('AcroForm'), context.obj({ SigFlags: 3, Fields: [widget] }))
}

class OwnSigner extends Signer {
  constructor(containerOf, serial) {
    super()
    this.containerOf = containerOf
    this.serial = serial
  }

  async sign(bytes) {
    return Buffer.from(this.containerOf([bytes], this.serial))
  }
}
