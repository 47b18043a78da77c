import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { readAccount } from '../../../identity/account-life.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { sendPaperForProofing } from '../../../identity/holder-changes.ts'
import { listPapers, readKeptPaper } from '../../../identity/papers/keep-paper.ts'
import { organisationPapers, papersOf } from '../../../identity/papers/paper-kinds.ts'
import { photoBytesMax } from '../../../limits/people.ts'
import { found, unwrap } from '../../api/people-parts.ts'
import { paperGiven, sendPaper } from '../../api/sent-papers.ts'
import { formRoute } from '../forms.tsx'
import { isOwner, OwnFrame, ownerIn, paramOf, telling } from './own-frame.tsx'
import { PaperForms, paperErrors, paperScripts } from './paper-forms.tsx'
import type { PeoplePageParts } from './people-parts.ts'

/** Where an organisation's papers are sent and seen; below it, each as a file. */
export const ownPapersPath = '/akun/identitas/dokumen'

/** The papers of an organisation, for its owners. */
export function ownPapersPage(app: FastifyInstance, parts: PeoplePageParts): void {
  const { proofing, photos, database } = parts

  formRoute(app, parts, {
    path: ownPapersPath,
    file: { bytesMax: photoBytesMax, isTheirs: isOwner },
    enter: ownerIn,
    async show(visit, { accountId }, again) {
      const { context, say } = visit
      const { kind, proofing: state } = found(
        await readAccount(database.sql, accountId),
        publicId('account', accountId),
      )
      const { papers: kept } = await listPapers(database.sql, { accountId })
      const papers = state === 'proven' ? [] : papersOf(kind)
      if (papers.length === 0) return { to: '/akun/identitas' }
      const wrong = paperErrors(again)
      const body = (
        <OwnFrame {...visit} title={say('papers.title')} again={wrong}>
          <p>{say('papers.lead')}</p>
          <PaperForms context={context} say={say} path={ownPapersPath} papers={papers} kept={kept} again={wrong} />
        </OwnFrame>
      )
      return { title: say('papers.title'), body, scripts: await paperScripts() }
    },
    async act(_, caller, fields) {
      const paper = found(
        organisationPapers.find((one) => one === fields.one('paper')),
        'paper',
      )
      const file = await paperGiven(photos, fields.file)
      const { accountId } = caller
      unwrap(await sendPaperForProofing(proofing, { accountId, by: actorOf(caller), paper, file }))
      return { to: telling(ownPapersPath, 'paper') }
    },
  })

  app.get(`${ownPapersPath}/:paper`, { schema: { hide: true } }, async (request, reply) => {
    const caller = await ownerIn(request, reply)
    if (caller === undefined) return reply
    const named = paramOf(request, 'paper')
    const paper = found(
      organisationPapers.find((one) => one === named),
      named,
    )
    return sendPaper(reply, paper, found(await readKeptPaper(proofing, { accountId: caller.accountId }, paper), named))
  })
}
