// A photo is drawn anew before it is sent: smaller where it is large, and without what some phones put behind the picture. Without this
// script it goes as it is, and the service says where that will not do.

/** The longest side of what is sent: a card's smallest print is still legible. */
const sideMax = 2600

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-photo]')) {
  const most = Number(form.dataset['photo'])
  const input = form.querySelector<HTMLInputElement>('input[type=file]')
  input?.addEventListener('change', () => {
    const [file] = input.files ?? []
    const name = form.querySelector('[data-file-name]')
    if (file === undefined) return
    if (name !== null) name.textContent = file.name
    drawing = redraw(input, { file, most }).finally(() => (drawing = undefined))
  })
  // whoever sends it at once waits until it is drawn: a large one would be refused as it is
  let drawing: Promise<void> | undefined
  form.addEventListener('submit', (event) => {
    if (drawing === undefined) return
    event.preventDefault()
    void drawing.then(() => form.requestSubmit(event.submitter))
  })
}

async function redraw(input: HTMLInputElement, { file, most }: { file: File; most: number }): Promise<void> {
  const picture = await createImageBitmap(file).catch(() => undefined)
  // not a picture: the service says so in words
  if (picture === undefined) return
  const scale = Math.min(1, sideMax / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.88))
  // another was chosen meanwhile
  if (drawn === null || drawn.size > most || input.files?.[0] !== file) return
  const list = new DataTransfer()
  list.items.add(new File([drawn], 'foto.jpg', { type: 'image/jpeg' }))
  input.files = list.files
}
