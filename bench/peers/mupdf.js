import { PDFDocument } from 'mupdf'

const range = '[0 1111111111 1111111111 1111111111]'

/** mupdf in WebAssembly: its reader and its incremental writer. It has no signing there, so the range and the CMS are filled in after. */
export function openPeer({ containerOf, pictureOf, serialOf, box, contentsBytes }) {
  return (bytes, count) => {
    const pdf = PDFDocument.openDocument(bytes, 'application/pdf')
    addStamp(pdf, { serial: serialOf(count), picture: pictureOf(count), box, contentsBytes })
    const saved = pdf.saveToBuffer('incremental')
    const file = saved.asUint8Array().slice()
    saved.destroy()
    pdf.destroy()
    return fill(file, bytes.length, (parts) => containerOf(parts, serialOf(count)))
  }
}

function addStamp(pdf, { serial, picture, box, contentsBytes }) {
  const page = pdf.findPage(0)
  const form = pdf.addStream(picture, { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 100, 100], Resources: {} })
  const signature = pdf.newDictionary()
  signature.put('Type', pdf.newName('Sig'))
  signature.put('Filter', pdf.newName('Adobe.PPKLite'))
  signature.put('SubFilter', pdf.newName('ETSI.CAdES.detached'))
  signature.put('ByteRange', [0, 1111111111, 1111111111, 1111111111])
  signature.put('Contents', pdf.newByteString(new Uint8Array(contentsBytes).fill(0xee)))
  signature.put('Reason', pdf.newString(`[${serial}] Surat Pernyataan`))
  signature.put('Location', pdf.newString('Jakarta'))
  const widget = pdf.newDictionary()
  widget.put('Type', pdf.newName('Annot'))
  widget.put('Subtype', pdf.newName('Widget'))
  widget.put('FT', pdf.newName('Sig'))
  widget.put('Rect', box)
  widget.put('T', pdf.newString(`Emet${serial}`))
  widget.put('F', 132)
  widget.put('P', page)
  widget.put('V', pdf.addObject(signature))
  const appearance = pdf.newDictionary()
  appearance.put('N', form)
  widget.put('AP', appearance)
  const field = pdf.addObject(widget)
  page.put('Annots', [field])
  pdf
    .getTrailer()
    .get('Root')
    .put('AcroForm', { SigFlags: 3, Fields: [field] })
}

function fill(file, originalLength, container) {
  const tail = Buffer.from(file.buffer, file.byteOffset + originalLength, file.length - originalLength)
  const contents = tail.indexOf('<EEEE')
  const end = tail.indexOf('>', contents) + 1
  const rangeAt = tail.indexOf(range)
  if (contents < 0 || rangeAt < 0) throw new Error('the placeholders are not in the file that mupdf wrote')
  const [before, after] = [originalLength + contents, originalLength + end]
  tail.write(`[0 ${before} ${after} ${file.length - after}]`.padEnd(range.length), rangeAt, 'latin1')
  const cms = container([file.subarray(0, before), file.subarray(after)])
  tail.fill('0', contents + 1, end - 1)
  tail.write(Buffer.from(cms).toString('hex'), contents + 1, 'latin1')
  return file
}
