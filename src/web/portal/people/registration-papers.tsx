import type { FastifyInstance } from 'fastify'
import { keepPaper, readKeptPaper } from '../../../identity/papers/keep-paper.ts'
import { organisationPapers, papersOf } from '../../../identity/papers/paper-kinds.ts'
import { photoBytesMax } from '../../../limits/people.ts'
import { found } from '../../api/people-parts.ts'
import { keptOrRefused, paperGiven, sendPaper } from '../../api/sent-papers.ts'
import { LinkButton } from '../components/button.tsx'
import { formRoute, Wrongs } from '../forms.tsx'
import { linkTo } from '../page-context.ts'
import { paramOf } from './own-frame.tsx'
import { PaperForms, paperErrors, paperScripts } from './paper-forms.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { nextPage, papersPath, RegistrationFrame, type RegistrationDesk } from './registration-step.tsx'

/** An organisation's papers, after the photo; nobody has to send any. */
export function papersStep(app: FastifyInstance, parts: PeoplePageParts, desk: RegistrationDesk): void {
  const { proofing, photos } = parts

  formRoute(app, parts, {
    path: papersPath,
    file: { bytesMax: photoBytesMax, isTheirs: desk.isUnderWay },
    enter: desk.enter,
    async show({ context, say }, { registration }, again) {
      const papers = papersOf(registration.draft.ownerType)
      if (papers.length === 0) return { to: nextPage(registration) }
      const { papers: kept } = registration
      const wrong = paperErrors(again)
      const body = (
        <RegistrationFrame say={say} at="photo" title={say('papers.title')}>
          <p>{say('papers.lead')}</p>
          <Wrongs say={say} again={wrong} />
          <PaperForms context={context} say={say} path={papersPath} papers={papers} kept={kept} again={wrong} />
          <LinkButton href={linkTo(context, nextPage(registration))}>
            {say(kept.length === 0 ? 'papers.later' : 'register.next')}
          </LinkButton>
        </RegistrationFrame>
      )
      return { title: say('papers.title'), body, scripts: await paperScripts() }
    },
    async act(_, { applicant, registration }, fields) {
      const kind = found(
        papersOf(registration.draft.ownerType).find((one) => one === fields.one('paper')),
        'paper',
      )
      const file = await paperGiven(photos, fields.file)
      const { registrationId } = applicant
      const kept = { owner: { registrationId }, kind, file, deleteAt: registration.expiresAt }
      keptOrRefused(await keepPaper(proofing, kept))
      return { to: papersPath }
    },
  })

  app.get(`${papersPath}/:paper`, { schema: { hide: true } }, async (request, reply) => {
    const who = await desk.enter(request, reply)
    if (who === undefined) return reply
    const named = paramOf(request, 'paper')
    const kind = found(
      organisationPapers.find((one) => one === named),
      named,
    )
    return sendPaper(reply, kind, found(await readKeptPaper(proofing, who.applicant, kind), named))
  })
}
