/** Bounds of calls, messages, webhooks, jobs and traces, each with its reason. docs/limits.md tells the ones people meet. */

/** A JSON request never needs more: 1,000 checks are about 130 KB. */
export const jsonBytesMax = 256 * 1024
/** On the first page: affixings done last, and things of a kind that are not finished. */
export const homeRecentMax = 5
export const homeUnfinishedMax = 3
/** Of the newest affixings, those among which the first page looks for open ones: that page is opened most. */
export const homeLookedMax = 1_000
/** Rows of one page of a list. */
export const listItemsMax = 100
/** After a signal the service drains this long. */
export const drainSeconds = 20
/** PostgreSQL connections of one process: lanes, jobs and look-ups; more than this only queue on two cores. */
export const databaseConnectionsMax = 10
/** How often kept files past their time are deleted, and the coming months' partitions looked after. */
export const dropSeconds = 10 * 60
export const partitionSeconds = 24 * 60 * 60
/** The sequencer looks for audit entries without a place this often: a reader of the log waits a moment, and idling is ten small queries a second. */
export const sequencerMilliseconds = 100
/** Marks of one round (up to fifty entries each, some 30 ms), and rounds before others have the connection: 2,000,000 entries. */
export const sequencerMarksMax = 200
export const sequencerRoundsMax = 200
/** Links fetched at once while the audit is checked: some 5 MB. */
export const auditCheckBatchMax = 10_000
/** How often events on their way are looked for. */
export const outboxSeconds = 0.5
/** Events of one round, handed over side by side; rounds of one run: half an hour of events for a subscriber that answers in a second. */
export const outboxBatchMax = 100
export const outboxRoundsMax = 1_000
/** A subscriber has this long for one event; the claim lasts three times as long, so nobody else takes it meanwhile. */
export const outboxDeliverSeconds = 10
export const outboxClaimSeconds = 30
/** After a failure an event waits this long, doubled each time up to an hour; so many tries are three days. */
export const outboxRetrySeconds = 2
export const outboxRetrySecondsMax = 60 * 60
export const outboxTriesMax = 82
/** After a failed round a job waits this long at least: a database that starts over needs no ten lines a second in the log. */
export const jobFailurePauseSeconds = 2
/**
 * A stopping service that is asked whether it is ready goes on serving for this long and says no meanwhile: balancers ask every
 * second or two. It counts as asked when the last question is no older than the second number.
 */
export const drainNoticeSeconds = 5
export const readyAskedSeconds = 30
/** Figures that /metrics reads from the database are kept this long, and a statement that reads one has this long. */
export const figuresKeptMilliseconds = 5_000
export const figuresStatementMilliseconds = 2_000
/** How often the retention jobs run, and rows that one statement deletes; so many statements in a round. */
export const retentionSeconds = 10 * 60
export const retentionBatchMax = 1_000
export const retentionRoundsMax = 100
/** Traces begun in one second; more tell nothing new, and a traced stamp costs some 50 microseconds. */
export const tracesPerSecondMax = 50
/** Ended spans that wait to be sent: some ten seconds of them. Sent together, so often; a collector has this long to answer. */
export const traceQueueMax = 4_000
export const traceBatchMax = 500
export const traceSendMilliseconds = 2_000
export const traceAnswerMilliseconds = 5_000
/** Endpoints of one account: one for each of its systems. */
export const webhookEndpointsMax = 10
/** A secret that was rotated is live for a day more. */
export const webhookFormerSecretSeconds = 24 * 60 * 60
/** How often due deliveries are looked for; a process sends to so many endpoints at once, and to each so many. */
export const webhookSeconds = 1
export const webhookEndpointsAtOnce = 50
export const webhookPerEndpointMax = 5
/** Between two looks that find nothing, while some are on their way. */
export const webhookPauseMilliseconds = 200
/** What an endpoint has for its answer, of which so much is read; a claim is somebody's for longer than that. */
export const webhookSendSeconds = 10
export const webhookAnswerBytesMax = 64 * 1024
export const webhookClaimSeconds = 60
/** Pauses after each failed try, as Standard Webhooks has them: ten tries in three days. */
export const webhookRetrySeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const
/** What was sent, and what became of it, is shown for a month. */
export const webhookDeliveryKeepDays = 30
/** An endpoint's address. */
export const webhookUrlLengthMax = 2_000
/** A call of `meterai demo people` is over by then: the service is on this machine. */
export const visitorCallSeconds = 60
/** A message that is no code is tried for three days: longer ago it is no news. */
export const messageLifeSeconds = 3 * 24 * 60 * 60
/** How long a form of the portal is known to have acted: longer than anyone leaves a page open and sends it again. */
export const formKeyHours = 24
/** A page waits so long to learn who visits, then stands without their name: a page about trouble must come while there is some. */
export const visitorMilliseconds = 3_000
/** A form of the portal without files: none has more than a dozen fields of a few hundred letters. */
export const formBytesMax = 64 * 1024
/**
 * Calls an account may make in a minute to one process, by what they do: at three calls a stamp 3,000 stamps a second, above what a process
 * does at its best. Only a loop gone wild meets them; how much waits is bounded by the lanes.
 */
export const rateWindowSeconds = 60
export const affixCallsPerMinuteMax = 600_000
export const readCallsPerMinuteMax = 120_000
export const changeCallsPerMinuteMax = 6_000
/** Calls without a caller from one public address: a mobile network puts some 10,000 people behind one, who call once a minute. */
export const openCallsPerMinuteMax = 60_000
/** Of those, what leaves something behind: registrations, codes, guesses. Two of a hundred such people do it in the same minute. */
export const entryCallsPerMinuteMax = 2_000
/** Buckets kept for one class of calls, some 100 bytes each; the least used are forgotten, which is a full bucket again. */
export const rateBucketsMax = 100_000
/** Balancers that may be named: more are one range. */
export const proxiesMax = 20
/** How often due messages are looked for; a process sends so many at once on each route. */
export const messageSeconds = 1
export const messagesAtOnce = 20
/** A mail server or gateway has this long for one message; a claim is somebody's for longer than that. */
export const messageSendSeconds = 10
export const messageClaimSeconds = 60
/** After a failure a message waits this long, doubled each time up to an hour; a code gets nine tries in its ten minutes. */
export const messageRetrySeconds = 2
export const messageRetrySecondsMax = 60 * 60
/** After so many failures in a row a sender is left alone for a while: a code has ten minutes, so not for long. */
export const messageFailuresMax = 5
export const messageOpenSeconds = 10
/** A gateway's answer is its status; so much of the rest is read. */
export const messageAnswerBytesMax = 16 * 1024
/** Connections to the mail server that one process keeps. */
export const smtpConnectionsMax = 5
/** What was sent is kept for a week, sealed: long enough to see why a code did not come. */
export const messageKeepDays = 7
/** What the inbox of simulated senders shows: the newest. */
export const inboxItemsMax = 50
/** Calls with a PDF that `meterai agent` works on at once: each holds its file some three times, and one core computes. */
export const agentAtOnceMax = 4
/** The longest a caller of the agent may take to hand its PDF over: 200 MB over loopback take a second. */
export const agentRequestMilliseconds = 120_000
/** Times the agent sends one call to the service before it answers that it cannot be reached: its caller has a retry of its own. */
export const agentSendsMax = 3
/** The agent gives a call without a key the same answer for so long after it was sent: a caller that lost it asks again by then. */
export const agentNoteMilliseconds = 10 * 60 * 1000
/** Times the agent asks about a signature that waits for its timestamp, 5 s apart: as long as the server way waits; then its caller asks again. */
export const agentPollsMax = 4
/** Listeners of one account: one for each developer at work. One that nobody asks for so long is over: a laptop was closed. */
export const listenersMax = 5
export const listenerSeconds = 120
/** A question waits this long for an event at most, below every proxy's patience, and looks so often. */
export const listenerWaitSecondsMax = 20
export const listenerPollMilliseconds = 500
/** Questions of one process that wait at once: their looks are a hundred small queries a second; more are answered at once. */
export const listenerWaitsMax = 50
/** Events that wait for one listener; the oldest go. A developer who says for minutes not what arrived reads no thousand events. */
export const listenerKeptMax = 1_000
/** Events of one answer. */
export const listenerMessagesMax = 100
/** How the service does is looked at this often, however many people open /status or the front page. */
export const statusKeptMilliseconds = 10_000
/** Forms with a file that pages take at once: on disk they are a gigabyte, and the last waits a quarter of a minute for the process that reads, with photos two minutes. */
export const uploadsAdmittedMax = 16
/** A request is there after so long, over a slow line too. */
export const requestSecondsMax = 600
/** Compressed from so many bytes on: a shorter answer is one packet either way. */
export const compressedBytesMin = 1_000
