import type { ComponentChildren } from 'preact'
import type { Affixing } from '../../../affixing/affixing.ts'
import { publicId } from '../../../base/ids.ts'
import { documentTypeName } from '../../../stamp/document-types.ts'
import { Notice, Reference } from '../components/blocks.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { ErrorSummary, FileField } from '../components/field.tsx'
import { Moment } from '../components/moment.tsx'
import { QrPicture } from '../components/qr-picture.tsx'
import { sayIn, type PageContext, linkWith } from '../page-context.ts'
import { historyPath } from './history-page.tsx'
import { AffixingState, documentName } from './state-line.tsx'

/** Where the script that rebuilds a copy, its worker and its sentences lie, and where it calls. */
export type RebuildAddresses = { worker: string; text: string; stamper: string; verifier: string; words: string }

/** One affixing as its page tells it. `costCentre`: its own or its batch's; `keptUntil`: undefined where its file is not kept; `wrong`: why the original that was sent made no copy. */
export type AffixingStory = {
  affixing: Affixing
  costCentre: string | undefined
  keptUntil: Date | undefined
  rebuild: RebuildAddresses
  wrong: string | undefined
}

/** The whole story of one affixing, and whatever can still be done with it. */
export function AffixingPage({ context, story }: { context: PageContext; story: AffixingStory }) {
  const say = sayIn(context.language)
  const { affixing } = story
  const id = publicId('affixing', affixing.id)
  const typeName = documentTypeName(affixing.facts.documentType) ?? affixing.facts.documentType
  return (
    <>
      <p class="back">
        <a href={linkWith(context, historyPath, {})}>{say('history.title')}</a>
      </p>
      <ErrorSummary
        title={say('checkFile.wrongHeading')}
        errors={story.wrong === undefined ? [] : [{ field: 'sent', says: story.wrong }]}
      />
      <h1>{documentName(affixing, typeName)}</h1>
      <p class="story-state">
        <AffixingState context={context} affixing={affixing} />
      </p>
      <WhatItMeans context={context} affixing={affixing} />
      {affixing.state === 'affixed' ? <Copy context={context} story={story} /> : null}
      <h2>{say('history.facts')}</h2>
      <Facts context={context} story={story} typeName={typeName} />
      <h2>{say('history.times')}</h2>
      <Times context={context} affixing={affixing} />
      <p>
        <a href={linkWith(context, '/bantuan', { tentang: id })}>{say('history.help')}</a>
      </p>
    </>
  )
}

function WhatItMeans({ context, affixing }: { context: PageContext; affixing: Affixing }) {
  const say = sayIn(context.language)
  const { state, digest, releaseReason } = affixing
  if (state === 'reserved')
    return (
      <Notice tone="plain">
        <p>{say(digest === undefined ? 'history.reservedMeans' : 'history.waitingMeans')}</p>
        {digest === undefined ? (
          <p>
            <a class="tall" href={linkWith(context, '/bubuhkan', {})}>
              {say('history.goOn')}
            </a>
          </p>
        ) : null}
        {context.visitor === undefined ? null : (
          <p>
            <a class="tall" href={linkWith(context, `${historyPath}/${publicId('affixing', affixing.id)}/batal`, {})}>
              {say('cancel.link')}
            </a>
          </p>
        )}
      </Notice>
    )
  if (state === 'released')
    return (
      <Notice tone="plain">
        <p>{say('history.releasedMeans', { reason: releaseReason ?? '' })}</p>
        <p>
          <a href={linkWith(context, '/bubuhkan', {})}>{say('history.stampAgain')}</a>
        </p>
      </Notice>
    )
  return null
}

/** The stamped copy: as it is kept, and always again from the original. */
function Copy({ context, story }: { context: PageContext; story: AffixingStory }) {
  const say = sayIn(context.language)
  const { affixing, keptUntil, rebuild, wrong } = story
  const id = publicId('affixing', affixing.id)
  return (
    <section class="card" id="salinan">
      <h2>{say('history.copyHeading')}</h2>
      {keptUntil === undefined ? null : (
        <>
          <p>
            {say('history.keptUntil')} <Moment at={keptUntil} language={context.language} />.
          </p>
          <LinkButton href={`${historyPath}/${id}/berkas`} download="">
            {say('affix.download')}
          </LinkButton>
        </>
      )}
      <div
        data-rebuild
        data-id={id}
        data-worker={rebuild.worker}
        data-text={rebuild.text}
        data-stamper={rebuild.stamper}
        data-verifier={rebuild.verifier}
        data-words={rebuild.words}
        data-not-loaded={say('rebuild.notLoaded')}
      >
        <p>{say(keptUntil === undefined ? 'history.rebuildHow' : 'history.rebuildAlso')}</p>
        <div data-with-script hidden>
          <FileField
            name="original"
            label={say('history.original')}
            hint={say('affix.stays')}
            words={say('affix.choose')}
            accept="application/pdf,.pdf"
            required={false}
          />
          <div data-stage aria-live="polite" tabIndex={-1} />
        </div>
        <form
          data-without-script
          action={linkWith(context, `${historyPath}/${id}/salinan`, {})}
          method="post"
          enctype="multipart/form-data"
        >
          <FileField
            name="sent"
            label={say('history.original')}
            hint={say('history.rebuildSends')}
            words={say('history.chooseOriginal')}
            accept="application/pdf,.pdf"
            {...(wrong === undefined ? {} : { error: wrong })}
          />
          <Button look="quiet">{say('history.rebuild')}</Button>
        </form>
      </div>
    </section>
  )
}

function Facts({ context, story, typeName }: { context: PageContext; story: AffixingStory; typeName: string }) {
  const say = sayIn(context.language)
  const { affixing, costCentre } = story
  const { facts, serial, state, recipe, pageCount, id } = affixing
  const shownId = publicId('affixing', id)
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    [
      say('affix.serial'),
      <Reference value={serial} groups={[serial.slice(0, 11), serial.slice(11)]} copy={say('parts.copy')} />,
    ],
    [say('affix.type'), <span lang="id">{typeName}</span>],
    [say('affix.number'), facts.number === '0' ? say('affix.none') : facts.number],
    [say('affix.date'), facts.date ?? say('affix.none')],
    [say('affix.fileName'), facts.fileName ?? say('affix.none')],
    ...(costCentre === undefined ? [] : [[say('receipt.tag'), costCentre] as const]),
    [say('affix.page'), `${recipe.placement.page} ${say('affix.ofPages', { pages: pageCount })}`],
    [say('history.cost'), say(`history.cost.${state}`)],
    [say('history.id'), <Reference value={shownId} groups={[shownId]} copy={say('parts.copy')} />],
  ]
  return (
    <dl class="rows">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {state === 'affixed' ? (
        <div>
          <dt>{say('affix.toCheck')}</dt>
          <dd>
            <QrPicture text={recipe.checkUrl} says={say('history.qr', { serial })} side={112} />
            <a href={linkWith(context, `/cek/${serial}`, {})}>{say('history.check')}</a>
          </dd>
        </div>
      ) : null}
    </dl>
  )
}

function Times({ context, affixing }: { context: PageContext; affixing: Affixing }) {
  const say = sayIn(context.language)
  const { createdAt, affixedAt, releasedAt, expiresAt, state, releaseReason } = affixing
  const steps: readonly (readonly [string, Date | undefined])[] = [
    [say('history.time.reserved'), createdAt],
    [say('history.time.affixed'), affixedAt],
    [say('history.time.released', { reason: releaseReason ?? '' }), releasedAt],
    [say('history.time.until'), state === 'reserved' ? expiresAt : undefined],
  ]
  return (
    <ol class="story">
      {steps.map(([says, at]) =>
        at === undefined ? null : (
          <li key={says}>
            {says} <Moment at={at} language={context.language} />
          </li>
        ),
      )}
    </ol>
  )
}
