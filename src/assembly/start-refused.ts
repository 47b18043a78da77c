/** The start cannot go on and says why; the message is for people and has the way out. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
