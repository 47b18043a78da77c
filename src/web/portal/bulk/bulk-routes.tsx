import type { FastifyInstance } from 'fastify'
import { publicId } from '../../../base/ids.ts'
import { templateText } from '../../../client/bulk/sheet-columns.ts'
import { permit } from '../../api/caller.ts'
import { contextOf, sayIn, type PageParts } from '../page-context.ts'
import { pageCaller, type PageCallerParts } from '../page-caller.ts'
import { scriptPaths } from '../scripts.ts'
import { sendPage } from '../send-page.ts'
import { BulkPage, bulkPath, templatePath } from './bulk-page.tsx'

export type BulkParts = PageParts & PageCallerParts & { buyPath?: string }

const hidden = { schema: { hide: true } } as const

/** The page for many documents, and the table to fill in for it. */
export function bulkRoutes(app: FastifyInstance, parts: BulkParts): void {
  app.get(bulkPath, hidden, async (request, reply) => {
    const context = await contextOf(request, parts)
    const who = await pageCaller(request, reply, parts)
    if (who === undefined) return reply
    permit(who.caller, 'affix')
    const paths = await scriptPaths()
    const addresses = {
      csrf: who.csrf,
      account: publicId('account', who.caller.accountId),
      core: paths.script('bulk-core.js'),
      worker: paths.script('bulk-worker.js'),
      verifier: paths.script('held-signatures.js'),
      words: paths.words('bulk', context.language),
      buy: parts.buyPath,
    }
    return sendPage(reply, context, {
      title: sayIn(context.language)('massal.title'),
      body: <BulkPage context={context} addresses={addresses} />,
      scripts: [paths.script('portal.js'), paths.script('bulk.js')],
      isPrivate: true,
    })
  })

  // The same for everyone, and nothing in it is anybody's.
  app.get(templatePath, hidden, (_, reply) =>
    reply
      .type('text/csv; charset=utf-8')
      .headers({ 'content-disposition': 'attachment; filename="templat-meterai.csv"', 'cache-control': 'no-cache' })
      .send(templateText()),
  )
}
