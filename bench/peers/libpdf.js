import { PDF, PdfArray, PdfDict, PdfName, PdfNumber, PdfStream } from '@libpdf/core'

/** LibPDF: its own reader, writer and CMS; the visible stamp through its objects, since its signatures are invisible. */
export function openPeer({ certificates, keyAlgorithm, sign, pictureOf, serialOf, box }) {
  const [certificate, ...certificateChain] = certificates
  const isRsa = keyAlgorithm === 'rsa-2048'
  const signer = {
    certificate,
    certificateChain,
    keyType: isRsa ? 'RSA' : 'EC',
    signatureAlgorithm: isRsa ? 'RSASSA-PKCS1-v1_5' : 'ECDSA',
    sign: async (data) => sign(data),
  }
  return async (bytes, count) => {
    const pdf = await PDF.load(bytes)
    const page = pdf.getPage(0)
    const fieldName = `Emet${serialOf(count)}`
    const field = pdf.getOrCreateForm().createSignatureField(fieldName)
    const picture = PdfStream.fromDict(
      {
        Type: PdfName.of('XObject'),
        Subtype: PdfName.of('Form'),
        BBox: numbers([0, 0, 100, 100]),
        Resources: new PdfDict(),
      },
      pictureOf(count),
    )
    const widget = field.addWidget(
      PdfDict.of({
        Type: PdfName.of('Annot'),
        Subtype: PdfName.of('Widget'),
        Rect: numbers(box),
        P: page.ref,
        F: PdfNumber.of(132),
        Parent: field.getRef(),
        AP: PdfDict.of({ N: pdf.register(picture) }),
      }),
    )
    page.addAnnotationRef(widget.ref)
    const reason = `[${serialOf(count)}] Surat Pernyataan`
    const signed = await pdf.sign({ signer, fieldName, reason, location: 'Jakarta', level: 'B-B', estimatedSize: 4096 })
    return signed.bytes
  }
}

function numbers(values) {
  return new PdfArray(values.map((value) => PdfNumber.of(value)))
}
