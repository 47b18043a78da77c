import { Button, LinkButton } from '../components/button.tsx'
import { FileField } from '../components/field.tsx'
import { FormGuard, wrongOf, Wrongs, type Again, type Visit } from '../forms.tsx'
import { linkTo, type Say } from '../page-context.ts'
import { AffixSteps } from './affix-page.tsx'
import type { DraftPhoto } from './form-draft.ts'

/** Where more photos are sent for a document. */
export const photosAddPath = (path: string): string => `${path}/foto/tambah`

/** The photos of a document in the order of its pages, which may be changed; and more of them. */
export function PhotosPage({
  visit,
  path,
  photos,
  again,
}: {
  visit: Visit
  path: string
  photos: readonly DraftPhoto[]
  again: Again | undefined
}) {
  const { context, say } = visit
  return (
    <>
      <h1>{say('affix.photosHeading')}</h1>
      <AffixSteps say={say} at={0} />
      <Wrongs say={say} again={again} />
      <p>{say('affix.photosHintPlain')}</p>
      <form method="post" action={linkTo(context, `${path}/foto`)}>
        <FormGuard context={context} />
        <ol class="plain-list photos">
          {photos.map((photo, at) => (
            <li key={photo.id} class="card">
              <img src={`${path}/foto/${photo.id}/gambar.png`} alt="" width="72" height="96" />
              <span class="photo-name">{say('affix.photoAt', { page: at + 1, name: photo.name })}</span>
              <span class="photo-acts">
                {at === 0 ? null : <Move say={say} photo={photo} act="up" />}
                {at === photos.length - 1 ? null : <Move say={say} photo={photo} act="down" />}
                {photos.length === 1 ? null : <Move say={say} photo={photo} act="remove" />}
              </span>
            </li>
          ))}
        </ol>
      </form>
      <form method="post" action={linkTo(context, photosAddPath(path))} enctype="multipart/form-data">
        <FormGuard context={context} />
        <FileField
          name="file"
          label={say('affix.photosAdd')}
          hint={say('affix.photosAddHint')}
          words={say('register.photoChoose')}
          accept="image/jpeg,image/png"
          multiple
          {...wrongOf(again, 'file')}
        />
        <Button look="quiet">{say('affix.photosAddSend')}</Button>
      </form>
      <LinkButton href={linkTo(context, `${path}/ubah`)}>{say('affix.photosMake')}</LinkButton>
      <p>
        <a href={linkTo(context, '/bubuhkan')}>{say('affix.otherFile')}</a>
      </p>
    </>
  )
}

const moves = {
  up: ['↑', 'affix.photoUp'],
  down: ['↓', 'affix.photoDown'],
  remove: ['×', 'affix.photoRemove'],
} as const

function Move({ say, photo, act }: { say: Say; photo: DraftPhoto; act: keyof typeof moves }) {
  const [sign, says] = moves[act]
  return (
    <Button look="quiet" name="act" value={`${act} ${photo.id}`} label={`${say(says)}: ${photo.name}`}>
      {sign}
    </Button>
  )
}
