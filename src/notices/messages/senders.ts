import type { Receiver, Route } from '../../base/receiver.ts'

/** Why a message did not go. Closed: operators see these words, and nothing of what a server answered. */
export const messageProblems = ['refused', 'unreachable', 'timed_out'] as const
export type MessageProblem = (typeof messageProblems)[number]

/** A try that failed. `isFinal`: the same message will never be taken, so it is not tried again. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
  readonly problem: MessageProblem
  readonly isFinal: boolean
  constructor(problem: MessageProblem, options: { isFinal?: boolean } = {}) {
    super(problem)
    this.problem = problem
    this.isFinal = options.isFinal === true
  }
}

/** One message in words. `id` is the same for all its tries, so that a server can know a repeat. */
export type OutgoingMessage = { id: string; subject: string; text: string }

/** A way to people. `send` settles in seconds; it throws NotSent where the message was not taken. */
export type Sender = {
  send(receiver: Receiver, message: OutgoingMessage): Promise<void>
  close?(): void
}

/** A sender for each route. */
export type Senders = Readonly<Record<Route, Sender>>

/** Takes everything and sends nothing: what it was given stands in the inbox. For the demo and for tests. */
export const simulatedSender: Sender = { send: () => Promise.resolve() }
