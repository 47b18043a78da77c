import type { OrganisationPaper } from '../../../identity/papers/paper-kinds.ts'
import { photoBytesMax } from '../../../limits/people.ts'
import { StateWord } from '../components/blocks.tsx'
import { Button } from '../components/button.tsx'
import { FileField } from '../components/field.tsx'
import { FormGuard, scriptsOf, wrongOf, type Again } from '../forms.tsx'
import { linkTo, type PageContext, type Say } from '../page-context.ts'

const fieldName = (paper: string) => `paper-${paper}`

/** What is wrong with a file, told beside the field of its paper; one too large to be read came without saying which it is. */
export function paperErrors(again: Again | undefined): Again | undefined {
  if (again === undefined) return undefined
  const paper = again.fields.one('paper')
  const errors = again.errors.map(({ says }) => (paper === '' ? { says } : { field: fieldName(paper), says }))
  return { ...again, errors }
}

/** A form for each paper: whether it is there, to see it, and to send it or another. `path`: where the forms go; files are below it. */
export function PaperForms(given: {
  context: PageContext
  say: Say
  path: string
  papers: readonly OrganisationPaper[]
  kept: readonly OrganisationPaper[]
  again: Again | undefined
}) {
  const { context, say, path, papers, kept, again } = given
  return (
    <>
      {papers.map((paper) => {
        const isKept = kept.includes(paper)
        const name = say(`paperNames.${paper}`)
        return (
          <section key={paper} class="card">
            <h2>{name}</h2>
            <p>
              <StateWord tone={isKept ? 'good' : 'plain'}>{say(isKept ? 'papers.there' : 'papers.none')}</StateWord>
            </p>
            {isKept ? (
              <p>
                <a href={`${path}/${paper}`} download="">
                  {say('papers.see', { name })}
                </a>
              </p>
            ) : null}
            <form method="post" action={linkTo(context, path)} enctype="multipart/form-data" data-photo={photoBytesMax}>
              <FormGuard context={context} />
              <input type="hidden" name="paper" value={paper} />
              <FileField
                name={fieldName(paper)}
                label={say('papers.file', { name })}
                hint={say('papers.hint')}
                words={say('papers.choose')}
                accept="application/pdf,image/jpeg,image/png"
                {...wrongOf(again, fieldName(paper))}
              />
              <Button look="quiet">
                {say(isKept ? 'papers.replace' : 'papers.send')}
                <span class="unseen"> {name}</span>
              </Button>
            </form>
          </section>
        )
      })}
    </>
  )
}

/** What the forms are better with. */
export const paperScripts = (): Promise<string[]> => scriptsOf('photo.js')
