import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ComponentChildren } from 'preact'
import { z } from 'zod'
import { papersOf } from '../../../identity/papers/paper-kinds.ts'
import { missingSteps, type Registration, type RegistrationStep } from '../../../identity/registration-draft.ts'
import { readRegistration, type Applicant } from '../../../identity/registrations.ts'
import { registrationDays } from '../../../limits/people.ts'
import { Steps } from '../components/blocks.tsx'
import { anyone } from '../forms.tsx'
import type { Say } from '../page-context.ts'
import type { PeoplePageParts } from './people-parts.ts'
import { openStepCookie, type StepCookie } from './step-cookie.ts'

// A registration is resumed by the browser it was begun in: its token lies in a cookie, as long as the draft itself.

/** A registration under way on this browser. `next`: where they wanted to go before they had an account; undefined for nowhere of their own. */
export type Registering = { applicant: Applicant; registration: Registration; next: string | undefined }

/** How pages find the registration of their browser. */
export type RegistrationDesk = {
  cookie: StepCookie<Applicant & { next?: string | undefined }>
  /** For the first page: undefined in `draft` where none is under way, or not any more. */
  enterFirst: (request: FastifyRequest) => Promise<{ draft: Registering | undefined }>
  /** For every further page; without a draft it leads to the first one. */
  enter: (request: FastifyRequest, reply: FastifyReply) => Promise<Registering | undefined>
  /** Whether one is under way, before anything of the request is read. */
  isUnderWay: (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>
}

const applicantSchema = z.object({ registrationId: z.uuid(), token: z.string(), next: z.string().optional() })

/** The desk of this service. */
export function openRegistrationDesk(parts: PeoplePageParts): RegistrationDesk {
  const cookie = openStepCookie(parts.people.sealing, {
    name: 'meterai_daftar',
    schema: applicantSchema,
    seconds: registrationDays * 24 * 60 * 60,
    publicUrl: parts.publicUrl,
  })
  async function find(request: FastifyRequest): Promise<Registering | undefined> {
    const kept = cookie.read(request)
    if (kept === undefined) return undefined
    const { next, ...applicant } = kept
    const read = await readRegistration(parts.people, applicant)
    return read.ok ? { applicant, registration: read.registration, next } : undefined
  }
  async function findOrBegin(request: FastifyRequest, reply: FastifyReply): Promise<Registering | undefined> {
    const found = await find(request)
    if (found === undefined) void reply.redirect('/daftar', 303)
    return found
  }
  return {
    cookie,
    async enterFirst(request) {
      await anyone(request)
      return { draft: await find(request) }
    },
    async enter(request, reply) {
      await anyone(request)
      return findOrBegin(request, reply)
    },
    isUnderWay: async (request, reply) => (await findOrBegin(request, reply)) !== undefined,
  }
}

/** Where each missing thing is filled in. */
const pageOf: Record<RegistrationStep, string> = {
  ownerType: '/daftar',
  name: '/daftar/identitas',
  nik: '/daftar/identitas',
  npwp: '/daftar/identitas',
  nib: '/daftar/identitas',
  personInCharge: '/daftar/identitas',
  contact: '/daftar/kontak',
  password: '/daftar/sandi',
}

/** Where a registration goes on: the first page that something is missing on, or the last look at it all. */
export function nextPage(registration: Registration): string {
  const [first] = missingSteps(registration)
  return first === undefined ? '/daftar/periksa' : pageOf[first]
}

/** Where an organisation sends its papers. */
export const papersPath = '/daftar/dokumen'

/** Where a registration goes on behind the photo: nobody has to send papers, so no missing step leads there. */
export function afterPhoto(registration: Registration): string {
  return papersOf(registration.draft.ownerType).length > 0 ? papersPath : nextPage(registration)
}

const stepNames = ['identity', 'photo', 'contact', 'password', 'review', 'pin'] as const

/** A page of the registration, with the journey as a thin line above its heading. */
export function RegistrationFrame(given: {
  say: Say
  at: (typeof stepNames)[number]
  title: string
  children: ComponentChildren
}) {
  const { say, at, title, children } = given
  return (
    <div class="narrow">
      <Steps
        says={say('register.steps')}
        names={stepNames.map((name) => say(`register.step.${name}`))}
        at={stepNames.indexOf(at)}
      />
      <h1>{title}</h1>
      {children}
    </div>
  )
}
