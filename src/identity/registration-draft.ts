import type { AccountKind, Identity } from './account-identity.ts'
import type { OrganisationPaper } from './papers/paper-kinds.ts'
import { nikWarningsOf, type NikWarning } from './nik.ts'

/** What was filled in so far. Contacts are in their one form. */
export type RegistrationDraft = {
  ownerType?: AccountKind | undefined
  identity: Partial<Identity>
  email?: string | undefined
  phone?: string | undefined
}

/** A registration as whoever fills it in may see it. */
export type Registration = {
  registrationId: string
  draft: RegistrationDraft
  emailProven: boolean
  phoneProven: boolean
  hasPassword: boolean
  hasPhoto: boolean
  papers: readonly OrganisationPaper[]
  expiresAt: Date
}

/** What an account cannot be opened without, in the order it is asked for. `contact`: a proven phone or e-mail. */
export const registrationSteps = [
  'ownerType',
  'name',
  'nik',
  'npwp',
  'nib',
  'personInCharge',
  'contact',
  'password',
] as const
export type RegistrationStep = (typeof registrationSteps)[number]

/** Of organisations it is known who they are, and who answers for them; only companies have a NIB. */
function neededOf(ownerType: AccountKind | undefined): readonly RegistrationStep[] {
  const everyone = ['ownerType', 'name', 'nik'] as const
  if (ownerType === undefined || ownerType === 'personal') return everyone
  if (ownerType === 'government') return [...everyone, 'npwp', 'personInCharge']
  return [...everyone, 'npwp', 'nib', 'personInCharge']
}

/** What is still missing before a registration can be completed. */
export function missingSteps(registration: Registration): RegistrationStep[] {
  const { draft, emailProven, phoneProven, hasPassword } = registration
  const isMissing = { contact: !emailProven && !phoneProven, password: !hasPassword }
  return registrationSteps.filter(
    (step) => missingOfHolder(draft).includes(step) || ((step === 'contact' || step === 'password') && isMissing[step]),
  )
}

/** What is missing of who holds an account, where its person has a contact and a password already. */
export function missingOfHolder({
  ownerType,
  identity,
}: Pick<RegistrationDraft, 'ownerType' | 'identity'>): RegistrationStep[] {
  const isThere = (step: RegistrationStep): boolean => {
    if (step === 'ownerType') return ownerType !== undefined
    return step === 'contact' || step === 'password' || identity[step] !== undefined
  }
  return registrationSteps.filter((step) => neededOf(ownerType).includes(step) && !isThere(step))
}

/** What does not look right about the identity; nothing of it stands in the way. */
export function warningsOf({ identity }: RegistrationDraft): NikWarning[] {
  return identity.nik === undefined ? [] : nikWarningsOf(identity.nik, identity.birthDate)
}

/** What others know of the applicant: no password is made of it. */
export function ownWords({ identity, email, phone }: RegistrationDraft): string[] {
  return [identity.name, identity.personInCharge, email, phone].filter((word) => word !== undefined)
}
