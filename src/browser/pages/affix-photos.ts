import { make, makeHeading } from './make.ts'
import { photosToPdf, readPhoto } from './photo-pdf.ts'
import type { Say } from './words.ts'

/** Several photos in the order they become pages: moved by dragging or, one place at a time, by buttons. `done` hears the order. */
export function makePhotoOrder(say: Say, photos: readonly File[], done: (ordered: readonly File[]) => void): Node[] {
  const addresses = new Map(photos.map((photo) => [photo, URL.createObjectURL(photo)]))
  let ordered = [...photos]
  let dragged: File | undefined
  const list = make('ol', { class: 'plain-list photos' })
  const move = (photo: File, to: number) => {
    if (to < 0 || to >= ordered.length) return
    ordered = ordered.filter((each) => each !== photo)
    ordered.splice(to, 0, photo)
    show()
  }
  const row = (photo: File, at: number) => {
    const button = (sign: string, says: string, by: number) =>
      make(
        'button',
        {
          type: 'button',
          class: 'button button-quiet',
          'aria-label': `${say(says)}: ${photo.name}`,
          disabled: at + by < 0 || at + by >= ordered.length,
          click: () => {
            move(photo, at + by)
            list.children[at + by]?.querySelector<HTMLElement>(`button:not([disabled])`)?.focus()
          },
        },
        sign,
      )
    const item = make(
      'li',
      { class: 'card', draggable: 'true' },
      make('img', { src: addresses.get(photo), alt: '', width: 72, height: 96 }),
      make('span', { class: 'photo-name' }, say('affix.photoAt', { page: at + 1, name: photo.name })),
      make('span', { class: 'photo-acts' }, button('↑', 'affix.photoUp', -1), button('↓', 'affix.photoDown', 1)),
    )
    item.addEventListener('dragstart', () => (dragged = photo))
    item.addEventListener('dragover', (event) => event.preventDefault())
    item.addEventListener('drop', (event) => {
      // the page itself takes dropped files; this one is none
      event.preventDefault()
      event.stopPropagation()
      if (dragged !== undefined) move(dragged, at)
      dragged = undefined
    })
    return item
  }
  const show = () => list.replaceChildren(...ordered.map(row))
  show()
  const finish = () => {
    for (const address of addresses.values()) URL.revokeObjectURL(address)
    done(ordered)
  }
  return [
    makeHeading(say('affix.photosHeading')),
    make('p', { class: 'hint' }, say('affix.photosHint')),
    list,
    make('button', { type: 'button', class: 'button', click: finish }, say('affix.photosMake')),
  ]
}

/** The photos as one PDF, in this order. Undefined where one cannot be read. */
export async function pdfOfPhotos(photos: readonly File[]): Promise<File | undefined> {
  const name = photos[0]?.name.replace(/(?:\.[^.]*)?$/, '.pdf') ?? 'foto.pdf'
  try {
    const pages = []
    // one after another: a phone has room for one large picture
    for (const photo of photos) pages.push(await readPhoto(photo))
    return new File([photosToPdf(pages)], name, { type: 'application/pdf' })
  } catch {
    return undefined
  }
}
