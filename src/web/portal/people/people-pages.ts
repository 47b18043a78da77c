import type { FastifyInstance } from 'fastify'
import { acceptForms } from '../forms.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { contactSteps } from './registration-contact.tsx'
import { finishSteps } from './registration-finish.tsx'
import { identitySteps } from './registration-identity.tsx'
import { openRegistrationDesk } from './registration-step.tsx'
import { signInRoutes } from './sign-in-pages.tsx'

/** Signing in and out, registration, and everything a person sees of their account. In a scope of their own: forms are for pages alone. */
export async function peoplePages(app: FastifyInstance, parts: PeoplePageParts): Promise<void> {
  await app.register(async (pages) => {
    acceptForms(pages)
    signInRoutes(pages, parts)
    const desk = openRegistrationDesk(parts)
    identitySteps(pages, parts, desk)
    contactSteps(pages, parts, desk)
    finishSteps(pages, parts, desk)
  })
}
