import type { ComponentChildren } from 'preact'
import { render } from 'preact-render-to-string'
import { languages } from '../../base/text.ts'
import { assetPath } from './assets.ts'
import { Icon } from './components/icon.tsx'
import { linkTo, sayIn, type PageContext } from './page-context.ts'

/**
 * A page: its title before the product's name, what stands in it, and the scripts it is better with. `wide` is for pages that use
 * the room beside a column.
 */
export type PageBody = {
  title: string
  body: ComponentChildren
  scripts?: readonly string[]
  wide?: boolean
  /** Shows what is one person's: no cache keeps it. So it is too where somebody is signed in. */
  isPrivate?: boolean
  /** Where there is no script the page comes anew after so many seconds. */
  refreshSeconds?: number
}

/** A whole HTML document; values are escaped by the renderer. */
export function renderPage(context: PageContext, page: PageBody): string {
  return `<!doctype html>${render(<Page context={context} page={page} />)}`
}

function Page({ context, page }: { context: PageContext; page: PageBody }) {
  const say = sayIn(context.language)
  return (
    <html lang={context.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f7f8f6" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#101615" media="(prefers-color-scheme: dark)" />
        <title>{`${page.title} - OpenMeterai`}</title>
        <link rel="stylesheet" href={assetPath('portal.css')} />
        <link rel="icon" type="image/svg+xml" href={assetPath('mark.svg')} />
        <link rel="manifest" href="/manifest.webmanifest" />
        {page.refreshSeconds === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(page.refreshSeconds)} />
          </noscript>
        )}
        {(page.scripts ?? []).map((path) => (path === '' ? null : <script key={path} type="module" src={path} />))}
      </head>
      <body class={page.wide === true ? 'wide' : undefined}>
        <a class="skip" href="#content">
          {say('page.skip')}
        </a>
        <Header context={context} />
        <main id="content">{page.body}</main>
        <Footer context={context} />
      </body>
    </html>
  )
}

function SpecimenBand({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  const demoPin = context.visitor?.demoPin
  return (
    <p class={context.openToOthers ? 'band band-open' : 'band'} role="note">
      <strong>{say('cek.specimenBand')}</strong>
      {context.openToOthers ? ` ${say('page.openToOthers')}` : null}
      {demoPin === undefined ? null : ` ${say('demo.pin', { pin: demoPin })}`}
    </p>
  )
}

function Header({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  const other = languages.find((language) => language !== context.language) ?? context.language
  const { visitor, signInPath } = context
  return (
    <header>
      {context.demo ? <SpecimenBand context={context} /> : null}
      <div class="top">
        <a class="brand" href={linkTo(context, '/')}>
          <img src={assetPath('mark.svg')} alt="" width="28" height="28" />
          OpenMeterai
        </a>
        <div class="top-side">
          <a
            class="top-language"
            href={`${context.path}?${context.query ?? ''}bahasa=${other}`}
            hreflang={other}
            lang={other}
          >
            {say('cek.otherLanguage')}
          </a>
          {visitor?.quota === undefined ? null : (
            <a class="top-quota" href={linkTo(context, visitor.homePath ?? '/bubuhkan')}>
              {say('shell.quota', { quota: visitor.quota })}
            </a>
          )}
          {visitor === undefined && signInPath !== undefined ? (
            <a href={linkTo(context, signInPath)}>{say('shell.signIn')}</a>
          ) : null}
          {visitor?.name === undefined ? null : <VisitorMenu context={context} name={visitor.name} />}
        </div>
      </div>
    </header>
  )
}

const visitorLinks = [
  ['/beranda', 'beranda.title'],
  ['/riwayat', 'history.title'],
  ['/pembelian', 'orders.title'],
  ['/akun', 'own.title'],
  ['/akun/ganti', 'own.switch'],
  ['/keluar', 'own.signOut'],
] as const

/** Who is signed in, and what they find under their name; it opens without a script. */
function VisitorMenu({ context, name }: { context: PageContext; name: string }) {
  const say = sayIn(context.language)
  return (
    <details class="menu">
      <summary>
        <span class="menu-name">{name}</span>
      </summary>
      <ul>
        {visitorLinks.map(([path, key]) => (
          <li key={path}>
            <a href={linkTo(context, path)}>{say(key)}</a>
          </li>
        ))}
      </ul>
    </details>
  )
}

const footerLinks = [
  ['/cek', 'cek.heading'],
  ['/status', 'status.title'],
  ['/bantuan', 'help.title'],
  ['/spesimen', 'home.specimenHeading'],
] as const

function Footer({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <footer class="foot">
      <HelpLine context={context} />
      <ul class="foot-links">
        {footerLinks.map(([path, key]) => (
          <li key={path}>
            <a href={linkTo(context, path)}>{say(key)}</a>
          </li>
        ))}
        <li>
          <a href={linkTo(context, '/docs/api')}>API</a>
        </li>
        {context.demo ? (
          <li>
            <a href={linkTo(context, '/design')}>{say('design.title')}</a>
          </li>
        ) : null}
      </ul>
      <p>{say('page.version', { version: context.version })}</p>
    </footer>
  )
}

const digitsOf = (number: string) => number.replaceAll(/\D/g, '')

/** Ways to somebody who helps, `facts` written down for them already; where none is configured, the questions people ask. */
export function HelpLine({ context, facts }: { context: PageContext; facts?: string }) {
  const say = sayIn(context.language)
  const { whatsapp, phone, email } = context.help
  const written = facts === undefined ? '' : encodeURIComponent(facts)
  return (
    <p class="help-line">
      <strong>{say('shell.help')}</strong>
      {whatsapp === undefined ? null : (
        <a href={`https://wa.me/${digitsOf(whatsapp)}${written === '' ? '' : `?text=${written}`}`} rel="noreferrer">
          <Icon name="chat" /> WhatsApp {whatsapp}
        </a>
      )}
      {phone === undefined ? null : (
        <a href={`tel:${phone.replaceAll(/[^\d+]/g, '')}`}>
          <Icon name="phone" /> {phone}
        </a>
      )}
      {email === undefined ? null : (
        <a href={`mailto:${email}${written === '' ? '' : `?subject=OpenMeterai&body=${written}`}`}>
          <Icon name="mail" /> {email}
        </a>
      )}
      {(whatsapp ?? phone ?? email) ? null : <a href={linkTo(context, '/bantuan')}>{say('shell.helpQuestions')}</a>}
    </p>
  )
}
