import type { z } from 'zod'
import { publicId } from '../base/ids.ts'
import { RefusedError } from '../errors.ts'
import { listIdentityReads, readHeld } from '../identity/account-life.ts'
import { readNoticeChoices } from '../identity/notice-choices.ts'
import { listPapers, readKeptPaper } from '../identity/papers/keep-paper.ts'
import type { ProofingParts } from '../identity/proofing.ts'
import { listSessions } from '../identity/sessions.ts'
import { listItemsMax } from '../limits/traffic.ts'
import type { exportAnswer } from './api/account-schemas.ts'

/** Everything that is known of an account and of one of its people, as that person takes it with them. Refuses `not_found`. */
export async function exportHeld(
  parts: ProofingParts,
  of: { accountId: string; personId: string },
): Promise<z.input<typeof exportAnswer>> {
  const { database } = parts
  const { accountId, personId } = of
  const id = publicId('account', accountId)
  const held = await readHeld(parts, { accountId, personId })
  if (held === undefined) throw new RefusedError({ code: 'not_found', values: { id } })
  const { account, person, consents, accounts, identity } = held
  const photo = await readKeptPaper(parts, { accountId }, 'identity_card')
  const papers = []
  for (const paper of (await listPapers(database.sql, { accountId })).papers) {
    const file = await readKeptPaper(parts, { accountId }, paper)
    if (file !== undefined) papers.push({ paper, type: file.type, base64: file.bytes.toString('base64') })
  }
  const sessions = await listSessions(database.sql, personId)
  const reads = await listIdentityReads(database.sql, { accountId, limit: listItemsMax })
  return {
    exportedAt: (await database.now()).toISOString(),
    account: {
      id,
      testAccount: publicId('account', account.testAccountId),
      kind: account.kind,
      proofing: account.proofing,
      createdAt: account.createdAt.toISOString(),
    },
    identity,
    ...(photo === undefined ? {} : { photo: { type: photo.type, base64: photo.bytes.toString('base64') } }),
    papers,
    person: {
      id: publicId('person', personId),
      name: person.name,
      email: person.email,
      phone: person.phone,
      language: person.language,
      createdAt: person.createdAt.toISOString(),
    },
    notices: await readNoticeChoices(database.sql, person),
    accounts: accounts.map((one) => ({ id: publicId('account', one.accountId), role: one.role })),
    sessions: sessions.map(({ sessionId, device, startedAt, seenOn }) => {
      return { id: publicId('session', sessionId), device, startedAt: startedAt.toISOString(), seenOn }
    }),
    consents: consents.map((one) => ({ ...one, agreedAt: one.agreedAt.toISOString() })),
    reads: reads.map(({ actor, at }) => ({ actor, at: at.toISOString() })),
  }
}
