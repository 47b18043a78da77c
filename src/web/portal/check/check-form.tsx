import { linkTo, sayIn, type PageContext } from '../page-context.ts'
import { Button } from '../components/button.tsx'
import { ErrorSummary, FileField, TextField } from '../components/field.tsx'

/** The form that leads to a stamp's page. `typed` stays in the field; `isWrong` says that it is no stamp number. */
export function CheckForm({ context, typed, isWrong }: { context: PageContext; typed?: string; isWrong?: boolean }) {
  const say = sayIn(context.language)
  return (
    <form class="card" action="/cek" method="get">
      {context.languageInAddress ? <input type="hidden" name="bahasa" value={context.language} /> : null}
      <TextField
        name="serial"
        label={say('cek.serial')}
        hint={say('cek.hint')}
        {...(isWrong === true ? { error: say('cek.malformed') } : {})}
        value={typed ?? ''}
        look="serial"
        maxLength={60}
        autocomplete="off"
        required
      />
      <Button look={isWrong === true ? 'primary' : 'quiet'}>{say('cek.submit')}</Button>
    </form>
  )
}

/** Where the scripts of the check lie; a page without them sends the file instead. */
export type CheckScripts = { worker: string; words: string }

/**
 * The form that checks a file. With a script the file stays on the device; without one it is sent, looked at and thrown away, which
 * the form says.
 */
export function CheckFileForm({
  context,
  scripts,
  wrong,
}: {
  context: PageContext
  scripts: CheckScripts
  wrong?: string
}) {
  const say = sayIn(context.language)
  return (
    <form
      class="card"
      action={linkTo(context, '/cek')}
      method="post"
      enctype="multipart/form-data"
      data-check-file
      data-worker={scripts.worker}
      data-words={scripts.words}
    >
      <FileField
        name="file"
        label={say('checkFile.label')}
        hint={say('checkFile.hint')}
        words={say('checkFile.choose')}
        accept="application/pdf,.pdf"
        {...(wrong === undefined ? {} : { error: wrong })}
      />
      <p class="soft" data-without-script>
        {say('checkFile.sent')}
      </p>
      <p class="soft" data-with-script hidden>
        {say('checkFile.stays')}
      </p>
      <div data-without-script>
        <Button>{say('checkFile.submit')}</Button>
      </div>
      <div data-result aria-live="polite" tabIndex={-1} />
    </form>
  )
}

/** The page of both forms; with `typed` it says what was wrong with the number, with `wrong` what was wrong with the file. */
export function CheckFormPage(given: { context: PageContext; scripts: CheckScripts; typed?: string; wrong?: string }) {
  const { context, scripts, typed, wrong } = given
  const say = sayIn(context.language)
  const errors = [
    ...(typed === undefined ? [] : [{ field: 'serial', says: say('cek.malformed') }]),
    ...(wrong === undefined ? [] : [{ field: 'file', says: wrong }]),
  ]
  return (
    <>
      <h1>{say('cek.heading')}</h1>
      <ErrorSummary title={say(typed === undefined ? 'checkFile.wrongHeading' : 'cek.wrongHeading')} errors={errors} />
      <p class="lead">{say('checkFile.lead')}</p>
      <CheckFileForm context={context} scripts={scripts} {...(wrong === undefined ? {} : { wrong })} />
      <h2>{say('checkFile.byNumber')}</h2>
      {typed === undefined ? <CheckForm context={context} /> : <CheckForm context={context} typed={typed} isWrong />}
      <h2>{say('checkFile.byQr')}</h2>
      <p>{say('checkFile.qr')}</p>
      <p class="soft">{say('cek.private')}</p>
    </>
  )
}
