import { documentTypes } from '../../../stamp/document-types.ts'
import { CostCentreField } from '../components/cost-centre-field.tsx'
import { FileField, SelectField } from '../components/field.tsx'
import { Notice } from '../components/blocks.tsx'
import { sayIn, type PageContext, linkWith } from '../page-context.ts'

export const bulkPath = '/massal'
export const templatePath = `${bulkPath}/templat.csv`

/** Where the page's scripts and sentences lie, where they call, and for whom; `csrf` and `buy` where there are any. */
export type BulkAddresses = {
  csrf: string | undefined
  account: string
  core: string
  worker: string
  verifier: string
  words: string
  buy: string | undefined
}

/** Many documents at once, in the browser; without a script it says what does the same instead. */
export function BulkPage({ context, addresses }: { context: PageContext; addresses: BulkAddresses }) {
  const say = sayIn(context.language)
  const { csrf, account, core, worker, verifier, words, buy } = addresses
  return (
    <>
      <h1>{say('massal.title')}</h1>
      <p class="lead">{say('massal.lead')}</p>
      <div
        data-bulk
        data-csrf={csrf}
        data-account={account}
        data-core={core}
        data-worker={worker}
        data-verifier={verifier}
        data-words={words}
        data-buy={buy}
        data-not-loaded={say('massal.notLoaded')}
        data-unfinished-words={say('massal.unfinished', { name: '?name', done: '?done', total: '?total' })}
      >
        <div data-without-script>
          <Notice tone="plain">
            <p>{say('massal.needsScript')}</p>
          </Notice>
          <p>{say('massal.byCommand')}</p>
          <pre>
            <code>{`meterai bulk ${say('massal.tableName')} --dry-run\nmeterai bulk ${say('massal.tableName')} --report ${say('massal.reportName')}`}</code>
          </pre>
          <p>
            {say('massal.byApi')} <a href={linkWith(context, '/docs/api', {})}>/v1/batches</a>.
          </p>
        </div>
        <div data-with-script hidden>
          <div data-unfinished hidden>
            <Notice tone="plain">
              <p />
              <button type="button" class="text-button">
                {say('massal.forget')}
              </button>
            </Notice>
          </div>
          <form data-start>
            <FileField
              name="table"
              label={say('massal.table')}
              hint={say('massal.tableHint')}
              words={say('massal.chooseTable')}
              accept=".csv,.xlsx,text/csv"
              required={false}
            />
            <p>
              <a class="tall" href={templatePath} download="">
                {say('massal.template')}
              </a>
            </p>
            <FileField
              name="documents"
              label={say('massal.documents')}
              hint={say('massal.documentsHint')}
              words={say('massal.chooseDocuments')}
              accept="application/pdf,.pdf"
            />
            <SelectField
              name="type"
              label={say('massal.type')}
              hint={say('massal.typeHint')}
              options={[
                ['', say('massal.typeFromTable')],
                ...documentTypes.map(({ slug, name }) => [slug, name] as const),
              ]}
            />
            <CostCentreField say={say} />
            <button type="submit" class="button">
              {say('massal.look')}
            </button>
          </form>
          <div data-stage aria-live="polite" />
        </div>
        <h2 data-start>{say('massal.howHeading')}</h2>
        <ul data-start>
          <li>{say('massal.how1')}</li>
          <li>{say('massal.how2')}</li>
          <li>{say('massal.how3')}</li>
        </ul>
      </div>
    </>
  )
}
