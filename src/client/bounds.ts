/** Times one call is sent before the service counts as unreachable; with the waits below some 30 seconds. */
export const sendsMax = 6
/** First wait between two sends; each next one is twice as long, up to the longest. */
export const resendMilliseconds = 1_000
export const resendMillisecondsMax = 15_000
/** Longest Retry-After that is obeyed as it stands: a service that asks for an hour is asked again by the person. */
export const retryAfterSecondsMax = 60
/** Times an affixing that waits for its timestamp is asked about; at 5 s each some 10 minutes, then the person decides. */
export const signaturePollsMax = 120
/** Where the service names no time. */
export const signaturePollSeconds = 5
/** New starts within one call, each after a reservation that was released under it; more means something else is wrong. */
export const attemptsMax = 5
/** Room for a CMS that we believe a recipe: real ones take under 32 KB. */
export const contentsBytesMax = 1024 * 1024
/** Pages of a list that are read for one document: 100 affixings a page, a document has a handful. */
export const listPagesMax = 10
/** Pages of a list that a program walks in one go: 100 rows each, ten million rows; a cursor that never ends is a fault. */
export const clientPagesMax = 100_000
