import type { ComponentChildren } from 'preact'
import { render } from 'preact-render-to-string'
import { languages, text, type Language, type TextKey, type TextValues } from '../../base/text.ts'
import { assetPath } from './assets.ts'

/** Looks texts up in one language. */
export type Say = (key: TextKey, values?: TextValues) => string

/** What every page of one request shares. */
export type PageContext = {
  language: Language
  /** Whether the address itself names the language; then links carry it on. */
  languageInAddress: boolean
  /** Path of this page, without a query. */
  path: string
  demo: boolean
  /** Demo mode that others can reach. */
  openToOthers: boolean
  version: string
}

/** A path of ours in the page's language. */
export function linkTo(context: PageContext, path: string): string {
  return context.languageInAddress ? `${path}?lang=${context.language}` : path
}

/** Words for one language. */
export function sayIn(language: Language): Say {
  return (key, values) => text(language, key, values)
}

/** A whole HTML document. `title` stands before the product's name; values are escaped by the renderer. */
export function renderPage(context: PageContext, title: string, body: ComponentChildren): string {
  return `<!doctype html>${render(<Page context={context} title={title} body={body} />)}`
}

function Page({ context, title, body }: { context: PageContext; title: string; body: ComponentChildren }) {
  const say = sayIn(context.language)
  return (
    <html lang={context.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} - OpenMeterai`}</title>
        <link rel="stylesheet" href={assetPath('portal.css')} />
        <link rel="icon" type="image/svg+xml" href={assetPath('mark.svg')} />
      </head>
      <body>
        <a class="skip" href="#content">
          {say('page.skip')}
        </a>
        {context.demo ? <DemoBand context={context} /> : null}
        <header class="top">
          <a class="brand" href={linkTo(context, '/')}>
            <img src={assetPath('mark.svg')} alt="" width="28" height="28" />
            OpenMeterai
          </a>
          <LanguageSwitch context={context} />
        </header>
        <main id="content">{body}</main>
        <footer class="foot">
          <a href={linkTo(context, '/cek')}>{say('cek.heading')}</a>
          <a href={linkTo(context, '/docs/api')}>API</a>
          <span>{say('page.version', { version: context.version })}</span>
        </footer>
      </body>
    </html>
  )
}

function DemoBand({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <p class={context.openToOthers ? 'band band-open' : 'band'} role="note">
      <strong>{say('cek.specimenBand')}</strong>
      {context.openToOthers ? ` ${say('page.openToOthers')}` : null}
    </p>
  )
}

function LanguageSwitch({ context }: { context: PageContext }) {
  const other = languages.find((language) => language !== context.language) ?? context.language
  return (
    <a class="language" href={`${context.path}?lang=${other}`} hreflang={other} lang={other}>
      {sayIn(context.language)('cek.otherLanguage')}
    </a>
  )
}
