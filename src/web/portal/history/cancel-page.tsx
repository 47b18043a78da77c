import type { FastifyInstance } from 'fastify'
import type { Affixing } from '../../../affixing/affixing.ts'
import type { AffixingParts } from '../../../affixing/affixing-parts.ts'
import { cancelAffixing } from '../../../affixing/release.ts'
import { parsePublicId, publicId } from '../../../base/ids.ts'
import { RefusedError } from '../../../errors.ts'
import { actorOf } from '../../../identity/api-keys.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import { permit } from '../../api/caller.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { acceptForms, FormGuard, formRoute, Wrongs, type Again, type Visit } from '../forms.tsx'
import { type PageParts, linkWith } from '../page-context.ts'
import { signedInOf, type SignedInCaller } from '../signed-in.ts'
import { historyPath } from './history-page.tsx'
import { documentName } from './state-line.tsx'

/** The path at which the quota of an open reservation is taken back. */
export const cancelPathOf = (id: string) => `${historyPath}/${id}/batal`

/** Takes the quota of an open reservation back before its time is over: a page that asks once more, and the act. */
export function cancelRoutes(app: FastifyInstance, parts: PageParts & { affixing: AffixingParts }): void {
  const { affixing: affixingParts } = parts
  const { database, lanes } = affixingParts

  /** The affixing of the address and its public id; another's and none are alike. */
  async function ofPath({ request }: Visit, who: SignedInCaller): Promise<{ affixing: Affixing; id: string }> {
    const shown = request.url.split(/[/?]/)[2] ?? ''
    const id = parsePublicId('affixing', shown)
    const found = id === undefined ? undefined : await lanes.find({ accountId: who.accountId, id })
    if (found === undefined) throw new RefusedError({ code: 'not_found', values: { id: shown.slice(0, 200) } })
    return { affixing: found.affixing, id: publicId('affixing', found.affixing.id) }
  }

  acceptForms(app)
  formRoute<SignedInCaller>(
    app,
    { ...parts, database },
    {
      path: cancelPathOf(':id'),
      enter: signedInOf,
      async show(visit, who, again) {
        const { affixing, id } = await ofPath(visit, who)
        const { say, context } = visit
        // whatever became of it meanwhile is told there
        if (affixing.state !== 'reserved') return { to: linkWith(context, `${historyPath}/${id}`, {}) }
        return { title: say('cancel.title'), body: <CancelPage visit={visit} affixing={affixing} again={again} /> }
      },
      async act(visit, who) {
        permit(who, 'affix')
        const { affixing, id } = await ofPath(visit, who)
        const act = { accountId: who.accountId, id: affixing.id, actor: actorOf(who), reason: 'cancelled' } as const
        const cancelled = await cancelAffixing(affixingParts, act)
        // signed at the same moment: the stamp is there, and its page says so
        if (cancelled.ok) visit.request.log.info({ affixingId: id }, 'released')
        return { to: linkWith(visit.context, `${historyPath}/${id}`, {}) }
      },
    },
  )
}

function CancelPage({ visit, affixing, again }: { visit: Visit; affixing: Affixing; again: Again | undefined }) {
  const { say, context } = visit
  const typeName = documentTypeName(affixing.facts.documentType) ?? affixing.facts.documentType
  const id = publicId('affixing', affixing.id)
  return (
    <>
      <Wrongs say={say} again={again} />
      <h1>{say('cancel.title')}</h1>
      <p class="lead">{documentName(affixing, typeName)}</p>
      <p>{say('cancel.means')}</p>
      <form method="post">
        <FormGuard context={context} />
        <Button>{say('cancel.submit')}</Button>
      </form>
      <p>
        <LinkButton look="quiet" href={linkWith(context, `${historyPath}/${id}`, {})}>
          {say('parts.back')}
        </LinkButton>
      </p>
    </>
  )
}
