import type { FastifyInstance } from 'fastify'
import { acceptForms } from '../forms.tsx'
import { accessRoutes } from './own-access.tsx'
import { anotherAccountPage } from './own-another.tsx'
import { authenticatorPages } from './own-authenticators.tsx'
import { contactRoutes } from './own-contacts.tsx'
import { approvalPage } from './own-approval.tsx'
import { dataPages } from './own-data.tsx'
import { keyPages } from './own-keys.tsx'
import { memberPages } from './own-members.tsx'
import { noticePage } from './own-notices.tsx'
import { overviewRoutes } from './own-overview.tsx'
import { ownPapersPage } from './own-papers.tsx'
import { webhookPages } from './own-webhooks.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { recoveryPage } from './recovery-page.tsx'
import { contactSteps } from './registration-contact.tsx'
import { finishSteps } from './registration-finish.tsx'
import { identitySteps } from './registration-identity.tsx'
import { papersStep } from './registration-papers.tsx'
import { openRegistrationDesk } from './registration-step.tsx'
import { signInRoutes } from './sign-in-pages.tsx'
import { termsPage } from './terms-page.tsx'

/** Signing in and out, registration, and everything a person sees of their account. In a scope of their own: forms are for pages alone. */
export async function peoplePages(app: FastifyInstance, parts: PeoplePageParts): Promise<void> {
  await app.register(async (pages) => {
    acceptForms(pages)
    signInRoutes(pages, parts)
    recoveryPage(pages, parts)
    const desk = openRegistrationDesk(parts)
    identitySteps(pages, parts, desk)
    papersStep(pages, parts, desk)
    contactSteps(pages, parts, desk)
    finishSteps(pages, parts, desk)
    overviewRoutes(pages, parts)
    anotherAccountPage(pages, parts)
    accessRoutes(pages, parts)
    contactRoutes(pages, parts)
    authenticatorPages(pages, parts)
    noticePage(pages, parts)
    memberPages(pages, parts)
    approvalPage(pages, parts)
    keyPages(pages, parts)
    webhookPages(pages, parts)
    dataPages(pages, parts)
    ownPapersPage(pages, parts)
    termsPage(pages, parts)
  })
}
