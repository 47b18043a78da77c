import type * as Renderer from 'pdfjs-dist'

/** Where the renderer and its worker lie, and the folder of its fonts and decoders. */
export type RendererPlaces = { module: string; worker: string; files: string }

/** Draws the pages of one document. */
export type PagePictures = {
  /** Draws a page (counted from 1) so wide in device pixels; an earlier drawing on the same canvas is given up. */
  draw(page: number, canvas: HTMLCanvasElement, width: number): Promise<void>
  close(): void
}

/** A page is drawn no wider: a phone of 2 GB has room for little more. */
const widthMax = 2400

/**
 * Loads the renderer, which is large, and opens the document with it. It runs no script of the document, no XFA, and evaluates no code
 * it makes itself. Rejects where it cannot read what our own reader could: the page then shows an empty sheet of the right size.
 */
export async function openPagePictures(
  file: Blob,
  { places, password }: { places: RendererPlaces; password: string | undefined },
): Promise<PagePictures> {
  // the renderer would ask for its worker only once it runs; in the browser's cache it is there by then
  void fetch(places.worker).catch(() => undefined)
  const renderer: typeof Renderer = await import(places.module)
  renderer.GlobalWorkerOptions.workerSrc = places.worker
  const loading = renderer.getDocument({
    data: new Uint8Array(await file.arrayBuffer()),
    ...(password === undefined ? {} : { password }),
    enableXfa: false,
    // a device's own fonts are of other widths: text would stand where the stamp seems to be free
    useSystemFonts: false,
    isEvalSupported: false,
    stopAtErrors: false,
    verbosity: 0,
    cMapUrl: `${places.files}/cmaps/`,
    standardFontDataUrl: `${places.files}/standard_fonts/`,
    wasmUrl: `${places.files}/wasm/`,
  })
  const opened = await loading.promise
  const drawing = new WeakMap<HTMLCanvasElement, { cancel(): void }>()
  return {
    async draw(number, canvas, width) {
      const page = await opened.getPage(number)
      const plain = page.getViewport({ scale: 1 })
      const viewport = page.getViewport({ scale: Math.min(width, widthMax) / plain.width })
      drawing.get(canvas)?.cancel()
      canvas.width = Math.round(viewport.width)
      canvas.height = Math.round(viewport.height)
      const task = page.render({ canvas, viewport, annotationMode: renderer.AnnotationMode.ENABLE })
      drawing.set(canvas, task)
      const isDrawn = await task.promise.then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.name === 'RenderingCancelledException') return false
          throw error
        },
      )
      if (isDrawn) canvas.dataset['drawn'] = String(number)
    },
    close: () => void loading.destroy(),
  }
}
