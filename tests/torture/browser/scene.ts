import type { Browser, BrowserContext } from 'playwright-core'
import { sweepOverdue } from '../../../src/affixing/sweep.ts'
import { recountLedger } from '../../../src/ledger/recount.ts'
import { openBrowser } from '../../support/browser.ts'
import { openCuttingFront, type CuttingFront } from '../../support/cutting-front.ts'
import { visit, type Visit } from '../../support/journey.ts'
import { accountOf, personWith, signInOn, type PortalPerson } from '../../support/portal-person.ts'
import { testWeb, type TestWeb } from '../../support/web.ts'

/** The service, a browser, and the way between them that can be cut. */
export type Scene = {
  web: TestWeb
  browser: Browser
  front: CuttingFront
  /** Somebody new with so many stamps, and their browser with them signed in, until everybody leaves. */
  newcomer(stamps: number, given?: Visit): Promise<{ person: PortalPerson; context: BrowserContext }>
  /** Closes the browsers of all newcomers, and every call arrives again. */
  leave(): Promise<void>
  close(): Promise<void>
}

/** The pauses between two tries of a page pass in a moment, as do those in which it asks for news. */
const hurry =
  'const patient=globalThis.setTimeout;globalThis.setTimeout=(work,time,...more)=>patient(work,Math.min(time,100),...more);'

/** Opens one. */
export async function openScene(): Promise<Scene> {
  const [web, browser] = await Promise.all([testWeb(), openBrowser()])
  const front = await openCuttingFront(web.url, { '/aset/affix-': hurry, '/aset/pay.': hurry })
  const contexts: BrowserContext[] = []
  const leave = async () => {
    for (const context of contexts.splice(0)) await context.close()
    front.heal()
  }
  return {
    web,
    browser,
    front,
    async newcomer(stamps, given = {}) {
      const person = await personWith(web, stamps)
      const { context } = await visit(browser, given)
      await signInOn(context, person, [front.url])
      contexts.push(context)
      return { person, context }
    },
    leave,
    async close() {
      await leave()
      await browser.close()
      await front.close()
      await web.close()
    },
  }
}

/**
 * What is wrong with an account that bought so many stamps and has so many documents stamped, once every reservation is over: nothing
 * is what we want. Moves the clock past the end of reservations.
 */
export async function accountProblems(
  { web }: Scene,
  person: PortalPerson,
  { bought, stamped }: { bought: number; stamped: number },
): Promise<string[]> {
  await web.db.advance(16 * 60)
  await sweepOverdue(web.affixing)
  const { sql } = web.db.owner
  const account = accountOf(person)
  const [quota = { bought: 0n, reserved: 0n, spent: 0n }] = await sql<
    { bought: bigint; reserved: bigint; spent: bigint }[]
  >`
    select credits_posted as bought, debits_pending as reserved, debits_posted as spent
    from ledger_accounts where account_id = ${account} and ledger = 'stamps' and kind = 'quota'`
  const documents = await sql<{ affixed: bigint; reserved: bigint }[]>`
    select count(*) filter (where state = 'affixed') as affixed, count(*) filter (where state = 'reserved') as reserved
    from affixings where account_id = ${account} group by source_sha256`
  const problems: string[] = []
  const claim = (isTrue: boolean, problem: string) => void (isTrue || problems.push(problem))
  claim(Number(quota.bought) === bought, `${quota.bought} bought, not ${bought}`)
  claim(Number(quota.spent) === stamped, `${quota.spent} charged, ${stamped} documents were stamped`)
  claim(quota.reserved === 0n, `${quota.reserved} still reserved`)
  const affixed = documents.filter((one) => one.affixed > 0n)
  claim(affixed.length === stamped, `${affixed.length} documents have a stamp, not ${stamped}`)
  for (const one of documents) {
    claim(one.affixed <= 1n, `a document was charged ${one.affixed} times`)
    claim(one.reserved === 0n, 'an affixing ended neither affixed nor released')
  }
  return problems
}

/** The faults that a recount of the whole ledger finds. */
export async function ledgerProblems({ web }: Scene): Promise<string[]> {
  const { faults } = await recountLedger(web.db.database.sql)
  return faults.map(({ rule, detail }) => `${rule}: ${detail}`)
}
