import type { AccountKind } from '../account-identity.ts'
import { photoTypes, type PhotoType } from '../photos/photo-types.ts'

/** What an organisation shows of itself. deed: the deed it was founded by, or the decree. */
export const organisationPapers = ['nib', 'npwp', 'deed'] as const
export type OrganisationPaper = (typeof organisationPapers)[number]

/** What is kept of a holder to be looked at: a photo of a person's identity card, and an organisation's papers. */
export type PaperKind = 'identity_card' | OrganisationPaper

/** Types of files that papers come as. A PDF is never opened here: who looks at it has it as a file. */
export const paperTypes = [...photoTypes, 'application/pdf'] as const
export type PaperType = PhotoType | 'application/pdf'

/** The papers that holders of this kind may send: none of them has to. Only companies have a NIB. */
export function papersOf(kind: AccountKind | undefined): readonly OrganisationPaper[] {
  if (kind === undefined || kind === 'personal') return []
  return kind === 'government' ? ['npwp', 'deed'] : organisationPapers
}

/** The extension that a file of this type is called by. */
export const paperExtensions = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'application/pdf': 'pdf',
} as const satisfies Record<PaperType, string>
