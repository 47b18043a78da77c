import type { DocumentGuess } from '../../../client/document-guess.ts'
import { documentTypes } from '../../../stamp/document-types.ts'
import { assetPath } from '../assets.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { Notice, Reference, Steps } from '../components/blocks.tsx'
import { Checkbox, RadioCards } from '../components/choices.tsx'
import { CostCentreField } from '../components/cost-centre-field.tsx'
import { ErrorSummary, FileField, FormKey, SelectField, TextField } from '../components/field.tsx'
import { DemoSignIn } from '../demo-sign-in.tsx'
import { linkTo, linkWith, sayIn, type PageContext, type Say } from '../page-context.ts'
import type { AffixAnswers } from './form-draft.ts'
import { chromeLink, type InAppBrowser } from './in-app-browser.ts'

/** Where everything lies that the page's script loads when a file is chosen, and what it loads when it comes to that. */
export type AffixAddresses = {
  signIn: string
  core: string
  finish: string
  photos: string
  worker: string
  text: string
  stamper: string
  verifier: string
  renderer: string
  rendererWorker: string
  rendererFiles: string
  words: string
}

/** The places that a form offers by name; `spot`: beside where the letter says that somebody signs. */
export const formPlaces = ['spot', 'signature', 'right', 'left', 'center'] as const
export type FormPlace = (typeof formPlaces)[number]

type AffixGiven = {
  context: PageContext
  addresses: AffixAddresses
  isSignedIn: boolean
  /** By what a device knows whose work it keeps; '' for a stranger's. */
  owner: string
  /** Whether the person may confirm by one. */
  hasPasskey: boolean
  formKey: string
  /** A browser inside another app, and the page's own address. */
  inApp?: { kind: InAppBrowser; address: string } | undefined
  /** The file is sent to the service, though there is a script. */
  isSent: boolean
  /** The document that was sent waited too long. */
  isGone?: boolean
  wrong?: string
}

/** The affixing page: a file is chosen and never leaves the device; without a script the whole form is sent. */
export function AffixPage({
  context,
  addresses,
  isSignedIn,
  owner,
  hasPasskey,
  formKey,
  inApp,
  isSent,
  isGone,
  wrong,
}: AffixGiven) {
  const say = sayIn(context.language)
  return (
    <div
      data-desk
      data-signed-in={isSignedIn ? 'yes' : 'no'}
      data-owner={owner}
      data-passkey={hasPasskey ? 'yes' : 'no'}
      data-in-app={inApp === undefined ? 'no' : 'yes'}
      data-rule={assetPath('rule.svg')}
      data-demo-pin={context.visitor?.demoPin}
      data-csrf={context.visitor?.csrfToken ?? ''}
      data-sign-in={addresses.signIn}
      data-core={addresses.core}
      data-finish={addresses.finish}
      data-photos={addresses.photos}
      data-worker={addresses.worker}
      data-text={addresses.text}
      data-stamper={addresses.stamper}
      data-verifier={addresses.verifier}
      data-renderer={addresses.renderer}
      data-renderer-worker={addresses.rendererWorker}
      data-renderer-files={addresses.rendererFiles}
      data-words={addresses.words}
      data-specimen={context.demo ? 'yes' : 'no'}
      data-not-loaded={say('affix.notLoaded')}
      data-again={say('affix.again')}
    >
      <h1>{say('home.stampHeading')}</h1>
      <AffixSteps say={say} at={0} />
      <ErrorSummary
        title={say('checkFile.wrongHeading')}
        errors={wrong === undefined ? [] : [{ field: 'file', says: wrong }]}
      />
      {isGone === true ? (
        <Notice tone="warn">
          <p>{say('affix.draftGone')}</p>
        </Notice>
      ) : null}
      {isSignedIn ? null : (
        <div data-start data-others hidden>
          <Notice tone="plain">
            <p>{say('affix.unfinishedOthers')}</p>
          </Notice>
        </div>
      )}
      <div data-start data-unfinished />
      {inApp === undefined ? null : <LeaveApp context={context} {...inApp} />}
      <div data-start>
        <DemoSignIn context={context} next="/bubuhkan" />
      </div>
      <div data-start>
        <div data-choose-again hidden>
          <Notice tone="plain">
            <p>{say('affix.chooseAgain')}</p>
          </Notice>
        </div>
      </div>
      <form action={linkTo(context, '/bubuhkan')} method="post" enctype="multipart/form-data" data-start>
        <FormKey value={formKey} />
        {context.visitor?.csrfToken === undefined ? null : (
          <input type="hidden" name="csrf" value={context.visitor.csrfToken} />
        )}
        <FileField
          name="file"
          label={say('affix.file')}
          hint={say('affix.fileHint')}
          words={say('affix.choose')}
          accept="application/pdf,.pdf,image/jpeg,image/png"
          multiple
          {...(wrong === undefined ? {} : { error: wrong })}
        />
        {isSent ? null : (
          <div data-with-script hidden>
            <Notice tone="good">
              <p>{say('checkFile.stays')}</p>
            </Notice>
            {isSignedIn ? null : <p>{say('affix.strangerNote')}</p>}
          </div>
        )}
        <div {...(isSent ? {} : { 'data-without-script': true })}>
          {isSignedIn ? (
            <>
              <Notice tone="plain">
                <p>{say('affix.sentToUs')}</p>
              </Notice>
              <Button>{say('parts.continue')}</Button>
            </>
          ) : (
            <>
              <Notice tone="plain">
                <p>{say('affix.signInFirst')}</p>
              </Notice>
              <LinkButton href={`${addresses.signIn}?next=/bubuhkan`}>{say('shell.signIn')}</LinkButton>
            </>
          )}
        </div>
        <details>
          <summary>{say('affix.word')}</summary>
          <ol>
            <li>{say('affix.word1')}</li>
            <li>{say('affix.word2')}</li>
            <li>{say('affix.word3')}</li>
          </ol>
        </details>
      </form>
      <div data-stage />
    </div>
  )
}

/** The ways out of another app's browser, where downloads come to nothing; better said before than after. */
function LeaveApp({ context, kind, address }: { context: PageContext; kind: InAppBrowser; address: string }) {
  const say = sayIn(context.language)
  return (
    <div data-start>
      <Notice tone="warn">
        <p>{say(kind === 'android' ? 'affix.inApp' : 'affix.inAppOther')}</p>
      </Notice>
      {kind === 'android' ? (
        <LinkButton href={chromeLink(address)} look="quiet">
          {say('affix.inAppChrome')}
        </LinkButton>
      ) : (
        <Reference value={address} groups={[address]} copy={say('parts.copy')} />
      )}
      <p>
        <a href={linkWith(context, '/bubuhkan', { cara: 'kirim' })}>{say('affix.inAppSend')}</a>
      </p>
    </div>
  )
}

/** The rule for the stamp's place in one line, with its picture. */
export function PlaceRule({ say }: { say: Say }) {
  return (
    <p class="rule">
      <img src={assetPath('rule.svg')} alt="" width="120" height="72" />
      <span>{say('affix.rule')}</span>
    </p>
  )
}

/** The journey as a thin line. */
export function AffixSteps({ say, at }: { say: Say; at: number }) {
  const names = (['file', 'details', 'place', 'review', 'done'] as const).map((step) => say(`affix.steps.${step}`))
  return <Steps says={say('affix.steps')} names={names} at={at} />
}

type PlainFieldsGiven = { say: Say; answers: AffixAnswers; guess: DocumentGuess; places: readonly FormPlace[] }

/** Details and place, all on one page: for browsers without a script. What was read from the document says so. */
export function PlainFields({ say, answers, guess, places }: PlainFieldsGiven) {
  const isGuessed = (name: 'number' | 'date') => guess[name] !== undefined && answers[name] === guess[name]
  const types = documentTypes.map(({ slug, name }) => [slug, name] as const)
  return (
    <>
      <SelectField
        name="type"
        label={say('affix.type')}
        options={types}
        value={answers.type ?? 'surat-pernyataan'}
        lang="id"
      />
      <TextField
        name="number"
        label={say('affix.number')}
        hint={say(isGuessed('number') ? 'affix.guessedPlain' : 'affix.numberHint')}
        value={answers.number ?? ''}
        maxLength={255}
      />
      <TextField
        name="date"
        type="date"
        label={say('affix.date')}
        hint={say(isGuessed('date') ? 'affix.guessedPlain' : 'affix.dateHint')}
        value={answers.date ?? ''}
      />
      <CostCentreField say={say} value={answers.tag} />
      <RadioCards
        name="place"
        legend={say('affix.preset')}
        value={answers.place ?? 'right'}
        options={places.map((place) => ({ value: place, label: say(`affix.presets.${place}`) }))}
      />
      <TextField
        name="page"
        label={say('affix.page')}
        hint={say('affix.pageHint')}
        value={answers.page ?? ''}
        inputmode="numeric"
        look="short"
        maxLength={6}
      />
      <Checkbox
        name="additional"
        label={say('affix.oneMore')}
        hint={say('affix.oneMoreHint')}
        checked={answers.additional === 'yes'}
      />
    </>
  )
}

/** For a service where nobody can sign in: who has a key affixes without pages. */
export function AffixClosedPage({ context }: { context: PageContext }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('home.stampHeading')}</h1>
      <Notice tone="plain">
        <p>{say('affix.signInFirst')}</p>
      </Notice>
      <pre>
        <code>npx meterai stamp {say('cek.fileName')} --type surat-perjanjian</code>
      </pre>
    </>
  )
}
