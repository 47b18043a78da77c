import type { FastifyReply } from 'fastify'

/** Closes the connection instead of answering, as a lost one would look to the caller: for test keys that ask for it. */
export function loseAnswer(reply: FastifyReply): FastifyReply {
  void reply.hijack()
  reply.raw.destroy()
  return reply
}
