import type { FastifyInstance } from 'fastify'
import { acceptForms } from '../forms.tsx'
import type { PeoplePageParts } from './people-parts.ts'
import { signInRoutes } from './sign-in-pages.tsx'

/** Signing in and out, registration, and everything a person sees of their account. In a scope of their own: forms are for pages alone. */
export async function peoplePages(app: FastifyInstance, parts: PeoplePageParts): Promise<void> {
  await app.register(async (pages) => {
    acceptForms(pages)
    signInRoutes(pages, parts)
  })
}
