import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Sealing } from '../../../base/sealing.ts'

// What somebody is in the middle of, such as a code on its way, stays with their browser: sealed, so that no address, log or table holds it.

/** One kind of unfinished thing, by the name of its cookie. */
export type StepCookie<T> = {
  read(request: FastifyRequest): T | undefined
  write(reply: FastifyReply, value: T): void
  clear(reply: FastifyReply): void
}

/** A cookie of this name for values of this form; one that was changed, sealed elsewhere or of another form is as good as none. */
export function openStepCookie<T>(
  sealing: Sealing,
  cookie: { name: string; schema: z.ZodType<T>; seconds: number; publicUrl: string },
): StepCookie<T> {
  const { name, schema, seconds, publicUrl } = cookie
  const secure = publicUrl.startsWith('https:')
  const place = { purpose: 'portal.step', owner: name }
  const write = (reply: FastifyReply, value: string, maxAge: number) =>
    void reply.header(
      'set-cookie',
      stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, secure, sameSite: 'lax' }),
    )
  return {
    read(request) {
      const sealed = parseCookie(request.headers.cookie ?? '')[name]
      if (sealed === undefined || sealed === '') return undefined
      try {
        const opened: unknown = JSON.parse(sealing.open(place, Buffer.from(sealed, 'base64url')).toString())
        return schema.safeParse(opened).data
      } catch {
        // not ours, or of a key before this one: the step is begun anew
        return undefined
      }
    },
    write: (reply, value) => write(reply, sealing.seal(place, JSON.stringify(value)).toString('base64url'), seconds),
    clear: (reply) => write(reply, '', 0),
  }
}
