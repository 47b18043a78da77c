import { linkTo, sayIn, type PageContext } from './page.tsx'

/** The form that leads to a stamp's page. `typed` stays in the field; `isWrong` says that it is no stamp number. */
export function CheckForm({ context, typed, isWrong }: { context: PageContext; typed?: string; isWrong?: boolean }) {
  const say = sayIn(context.language)
  const describedBy = isWrong === true ? 'serial-wrong serial-hint' : 'serial-hint'
  return (
    <form class="card" action="/cek" method="get">
      {context.languageInAddress ? <input type="hidden" name="lang" value={context.language} /> : null}
      <label for="serial">{say('cek.serial')}</label>
      <p class="soft" id="serial-hint">
        {say('cek.hint')}
      </p>
      {isWrong === true ? (
        <p class="wrong" id="serial-wrong">
          {say('cek.malformed')}
        </p>
      ) : null}
      <input
        id="serial"
        name="serial"
        class="serial"
        value={typed ?? ''}
        maxLength={60}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        required
        aria-describedby={describedBy}
        aria-invalid={isWrong === true ? 'true' : undefined}
      />
      <button type="submit">{say('cek.submit')}</button>
    </form>
  )
}

/** The page of the form alone; with `typed` it says what was wrong, and links the summary to the field. */
export function CheckFormPage({ context, typed }: { context: PageContext; typed?: string }) {
  const say = sayIn(context.language)
  return (
    <>
      <h1>{say('cek.heading')}</h1>
      {typed === undefined ? null : (
        <div class="summary" role="alert">
          <h2>{say('cek.wrongHeading')}</h2>
          <a href="#serial">{say('cek.malformed')}</a>
        </div>
      )}
      {typed === undefined ? <CheckForm context={context} /> : <CheckForm context={context} typed={typed} isWrong />}
      <p class="soft">{say('cek.private')}</p>
      <p>
        <a href={linkTo(context, '/')}>{say('page.home')}</a>
      </p>
    </>
  )
}
