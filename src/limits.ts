/**
 * Every bound of the product with its reason. docs/limits.md tells the ones people meet.
 * Longer than 400 lines: bounds are looked for, and weighed against each other, in one place.
 */

/** Largest PDF we stamp; agreements with scanned annexes reach tens of MB. */
export const pdfBytesMax = 200 * 1024 * 1024
/** Uploads to the server way; larger files stay on their device and use the private way. */
export const uploadBytesMax = 64 * 1024 * 1024
/** A JSON request never needs more: 1,000 checks are about 130 KB. */
export const jsonBytesMax = 256 * 1024
/** Pages a document may have; the longest real deeds have a few thousand. */
export const pagesMax = 100_000
/** Depth of arrays and dictionaries in a PDF; real files stay under 20. */
export const pdfDepthMax = 64
/** Objects in a PDF; ISO 32000-1 annex C names 8,388,607 as the architectural limit. */
export const pdfObjectsMax = 8_388_607
/** One decoded stream of structure (xref, object stream); a bomb must not fill the memory. */
export const pdfStreamOutputMax = 64 * 1024 * 1024
/**
 * Work that reading one PDF may take, in bytes parsed: so many for any file (a second or less), and so many times its own.
 * Stamping reads a file up to four times; checking reads it again for each signature and update, 40 in the most signed one seen.
 */
export const pdfEffort = { base: 8 * 1024 * 1024, stamping: 8, checking: 64 } as const
/** Unpacked drawing of one page that is searched for text under the stamp: about half a second; real pages have 1 MB. */
export const drawnBytesMax = 16 * 1024 * 1024
/** Revisions of one PDF that we follow. */
export const pdfRevisionsMax = 1_000
/** Signatures looked at in one file; the most seen in a real one is 40. */
export const checkedSignaturesMax = 128
/** Unpacked drawings searched for a stamp's picture, all together: a file of thousands of large forms must not keep us busy. */
export const searchedDrawingBytesMax = 64 * 1024 * 1024
/**
 * Signatures verified in one check. A stamp has some ten (its own, the timestamp's, certificates, revocation), and the most
 * signed file seen has 40 signatures; a file of copies and forgeries must not keep us busy.
 */
export const verifiedSignaturesMax = 2_000
/** And asked for, repeats included: 40 signatures over a store with 40 lists of one issuer ask some 10,000 times. */
export const askedSignaturesMax = 20_000
/** Certificates between a signer and its root; state hierarchies have four at most. */
export const chainLengthMax = 6
/** Signatures tried while looking for a chain: a pool of look-alike issuers must not keep us busy. */
export const chainTriesMax = 64
/** Entries of each kind read of a file's validation data; ten signatures with chains and lists of their own stay below. */
export const storeEntriesMax = 256

/** A reservation's life (design: 15 minutes), and its life once its digest waits for a timestamp (24 hours). */
export const reservationSeconds = 15 * 60
export const reservationWaitingSeconds = 24 * 60 * 60
/** How often the sweep looks for overdue reservations, and how many it releases in one go. */
export const sweepSeconds = 5
export const sweepBatchMax = 500
/** The sweep pauses when wall and monotonic clocks disagree by this much: someone is moving the clock. */
export const clockSkewSecondsMax = 60

/** A timestamp later than this makes the call answer 202 and the server finish as a job. */
export const timestampWaitMilliseconds = 3_000
/** A timestamp server silent for this long is late: the other one is asked beside it. Good ones take 50 to 300 ms. */
export const timestampLateMilliseconds = 800
/** Times a server is asked for one timestamp, and the pause between: what fails twice in a row is not a hiccup. */
export const timestampRoundsMax = 2
export const timestampPauseMilliseconds = 100
/** Failures in a row after which a timestamp server is left alone, and for how long: shorter than the finishing job's round. */
export const timestampFailuresMax = 5
export const timestampOpenMilliseconds = 5_000
/** Timestamp servers that may be named: one, and another for when it is down. */
export const timestampServersMax = 2
/** A repeat of a running call waits this long before `in_progress`. */
export const repeatWaitMilliseconds = 10_000
/** The server way answers 202 after this long. */
export const stampingWaitMilliseconds = 20_000
/** The lease of a process on a server-way affixing; renewed at a third of it. */
export const leaseSeconds = 30
/** A PDF that takes longer in the child process is refused: 2 s is the slowest real file seen. */
export const pdfWorkMilliseconds = 10_000
/** Heap and address space of the child process: three copies of the largest upload, and Node's own reservations. */
export const pdfWorkHeapMegabytes = 512
export const pdfWorkAddressSpaceKilobytes = 4 * 1024 * 1024
/** Processes for PDFs: as many as cores, at least two (one bad file must not hold all others up), at most so many, for memory. */
export const pdfProcessesLeast = 2
export const pdfProcessesMost = 16
/** A process that has not come up by then never will, and how often one is started for a file before it is refused. */
export const pdfStartMilliseconds = 30_000
export const pdfStartTriesMax = 2
/** Questions of a process about one file; a stamp takes five, started over five times. */
export const pdfQuestionsMax = 100
/** After so much work a process makes room for a new one; the system ends one that computed far longer, its parent gone. */
export const pdfProcessMilliseconds = 60_000
export const pdfProcessCpuSeconds = 300
/** Stamped files of the server way are kept this long. */
export const documentKeepDays = 30

/** Forms of recipes known by their hash, some 150 bytes each: a service has one for each document type, size of box and place. */
export const recipeFormsAtHand = 10_000
/** Forms of signatures kept at hand, some 3 KB each: a key has nine or so for as long as its validation data stays the same. */
export const signatureFormsAtHand = 500
/**
 * Reservations an account may hold open at once: a company that affixes thousands a second has some hundreds open, and a
 * batch prepared ahead fits in 15 minutes; more is quota and rows held by something that never signs.
 */
export const openReservationsMax = 20_000
/**
 * Reservations an account may let go in an hour: twice what may be open, so that an outage in which all of them ran out
 * locks nobody out; a loop that reserves and cancels writes 120 MB an hour at most.
 */
export const releasesPerHourMax = 40_000
/** When to ask again with too many open: some will have been signed or run out by then. */
export const tooManyOpenRetrySeconds = 30
/** Affixings looked at by one search of a history, newest first; a tenth of a second. The next page goes on from there. */
export const historyLookedMax = 20_000
/** Affixings on a page of the history, and in the table of it: some months of a large company; whoever has more takes it by state or by API. */
export const historyPageMax = 20
export const historyTableMax = 100_000
/** On the first page: affixings done last, and things of a kind that are not finished. */
export const homeRecentMax = 5
export const homeUnfinishedMax = 3
/** Of the newest affixings, those among which the first page looks for open ones: that page is opened most. */
export const homeLookedMax = 1_000
/** Characters that a history is searched for: a file's name is no longer. */
export const historyWordsLengthMax = 255
/** Rows of one batch, as many as a month of a large company; more is several. */
export const bulkRowsMax = 10_000
/** A table of so many rows has some megabytes. */
export const tableBytesMax = 32 * 1024 * 1024
/** Rows of a batch on their way at once: each holds a reservation and its file, and a service on two cores is busy with four. */
export const bulkAtOnce = 8
/** And so many bytes of their files; one larger file goes alone. */
export const bulkBytesAtOnce = 256 * 1024 * 1024
/** Digests asked about in one look-up: 67 KB of JSON. */
export const lookUpItemsMax = 1_000
/** Documents added to a batch by one call: with all facts they stay below `jsonBytesMax`. */
export const batchItemsAtOnceMax = 200
/** Batches of an account that are not over: a company prepares a few side by side. */
export const batchesUnendedMax = 100
/** A batch's name, and the cost centre it is for. */
export const batchNameLengthMax = 120
export const batchTagLengthMax = 60
/** How often finished batches are looked for, and how many are ended in one go. */
export const batchFinishSeconds = 2
export const batchFinishMax = 100
/** Until an open batch is looked at again: a quarter of the time since its last reservation, within these. */
export const batchLookSeconds = { least: 1, most: 3_600 } as const
/** Draws again when a serial is taken; each draw collides with probability under 1e-10. */
export const serialDrawsMax = 5
/** Items of one check request. */
export const checkItemsMax = 1_000
/** Pictures drawn for a check request before others have their turn: some 10 ms. */
export const pictureBatchMax = 25
/** Hashes of pictures kept at hand, 200 bytes each: a batch that is checked again draws nothing. */
export const picturesKeptMax = 20_000
/** Files of one `meterai verify`: their rows fit in memory; a larger archive has folders. */
export const verifyFilesMax = 1_000_000
/** Reading one file to check it, from a slow disk too; the most laborious real file takes 1 s. */
export const checkMilliseconds = 20_000
/** Processes of one `meterai verify`, and how long a pair waits for others to be asked together. */
export const verifyWorkersMax = 64
export const verifyLingerMilliseconds = 200
/** Rows of one page of a list. */
export const listItemsMax = 100
/** An idempotency key's length: visible ASCII. */
export const idempotencyKeyLengthMax = 128
/** Free text of an affixing (number, file name, names). */
export const textLengthMax = 255
/** An issuer's artwork as it is drawn into every stamp: a stamp of 27 KB stays under its 40. */
export const artworkBytesMax = 10 * 1024
/** And the file it comes from, before it is looked at. */
export const artworkFileBytesMax = 1024 * 1024
/** Units a test account gets at birth and again when empty. */
export const specimenGrantUnits = 1_000
/** The largest grant or purchase at once; keeps sums far from 2^63. */
export const transferAmountMax = 1_000_000_000n
/** Operations that wait for a lane, in all; at 2,000 a second the last of them waits two seconds. */
export const laneQueueMax = 4_000
/** Reservations of this process kept at hand for their signature, some 2 KB each: more than it holds open in its busiest minute. */
export const reservedHereMax = 10_000
/** Look-ups done together in one statement, as many as a transaction's operations. */
export const lookUpBatchMax = 500
/** Sends of a batch whose outcome is unknown, at most a second apart: a database that is not back by then needs people. */
export const outcomeUnknownSecondsMax = 60
/** Transfers in one set-based call. */
export const transferBatchMax = 500
/** Room for the CMS when a signer's own measure is not known yet. */
export const contentsBytesUnknownSigner = 16 * 1024
/** After a signal the service drains this long. */
export const drainSeconds = 20
/** PostgreSQL connections of one process: lanes, jobs and look-ups; more than this only queue on two cores. */
export const databaseConnectionsMax = 10
/** A waiting signature asks the timestamp authority again this often. */
export const timestampRetrySeconds = 10
/** Signatures that one round of the job finishes beside each other, and its rounds in a row: an hour's outage is done within minutes. */
export const finishBatchMax = 50
export const finishRoundsMax = 200
/** After a jump of the wall clock nothing expires for this long: time to move it back. */
export const clockPauseSeconds = 120
/** Uploads that wait for a PDF process; at some 50 ms each the last one waits a few seconds. */
export const pdfQueueMax = 64
/** How often a waiting repeat looks whether the running call is done. */
export const repeatPollMilliseconds = 200
/** The facts of an upload, as JSON text. */
export const factsBytesMax = 8 * 1024
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
/** How often the ledger's balances are added up: a look at every balance, half a second for a million. */
export const ledgerCheckSeconds = 60
/** Deltas of system accounts stay by themselves this long, then they are folded: so often, so many at once, so many times. */
export const deltaKeepSeconds = 60
export const foldSeconds = 30
export const foldBatchMax = 10_000
export const foldRoundsMax = 20
/** A key whose affixing was released, or never came about, is forgotten after a month: nobody repeats a call later. */
export const keyReleasedKeepDays = 30
/** Keys are looked through an hour of theirs at once: at 95 a second a third of a million; so many hours in a round. */
export const keyWindowSeconds = 60 * 60
export const keyWindowsMax = 48
/** The row of a kept file that is deleted says so for a week, then it goes; events that used up their tries after a month. */
export const documentRowKeepDays = 7
export const eventGivenUpKeepDays = 30
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
/** The duty (UU 10/2020 art. 5), in rupiah: what a stamp is sold for. */
export const stampPriceRupiah = 10_000
/** One QRIS payment (Bank Indonesia's bound since 2022). */
export const qrisRupiahMax = 10_000_000
/** Stamps of one order: Rp250 million, as much as one BI-FAST transfer moves. */
export const orderQuantityMax = 25_000
/** Orders of an account that wait for their money: a loop that orders and never pays must end somewhere. */
export const openOrdersMax = 100
/** A buyer's cost centre. */
export const orderTagLengthMax = 64
/** A paid order's intent may reserve for as many days; who comes later confirms anew. */
export const intentDays = 7
/** What an order was for is kept this long: its money may come days late, and then it is good for the days above. */
export const intentKeepDays = 30
/** Little quota: below a tenth of the last purchase, and below this in any case. */
export const quotaLowShare = 0.1
export const quotaLowUnits = 5
/** How often it is looked for, of how many accounts in one go, and goes in a row. */
export const quotaLowSeconds = 20
export const quotaLowBatchMax = 500
export const quotaLowRoundsMax = 200
/** Orders and refunds on one page of their lists: a phone's screen or two. */
export const ordersOnPage = 20
/** The page of an order that waits comes anew after as many seconds where there is no script. */
export const orderRefreshSeconds = 15
/** Pages of orders that listen for news in one process, and of one account: each holds a connection open. Others ask every 5 seconds. */
export const orderListenersMax = 1_000
export const orderListenersPerAccount = 6
/** How often the database is asked for all of them; after how many silent seconds something is sent; and when a browser has to come anew. */
export const orderNewsMilliseconds = 2_000
export const orderNewsQuietSeconds = 20
export const orderNewsSecondsMax = 10 * 60
/** An order that its gateway has not heard of yet is made known again after this long. */
export const orderCreateSeconds = 5
/** Pauses between looks at an order's gateway, the last one from then on; and how long after its end money may still come: a weekend. */
export const orderLookSeconds = [10, 20, 40, 80, 160, 320, 640, 1_800, 3_600, 7_200, 14_400] as const
export const orderLookSecondsMax = 3 * 24 * 60 * 60
/** Looks at an order that is paid: a second payment whose notification was lost has to be found too. */
export const paidLookSeconds = [600, 7_200, 86_400] as const
/** How often looks that are due are looked for, how many are claimed together, asked at once, and claimed in a row. */
export const lookSeconds = 1
export const lookBatchMax = 50
export const looksAtOnce = 10
export const lookRoundsMax = 20
/** A claim is somebody's for longer than all of its looks take. */
export const lookClaimSeconds = 120
/** Somebody who says "I have paid" has the gateway asked this often at most. */
export const lookEverySeconds = 3
/** A payment that a notification named and the gateway does not confirm yet is asked about again: after a quarter of the time since, within these. */
export const hintLookSeconds = { least: 30, most: 3_600 } as const
/** Payments of one order that notifications named and the gateway has yet to confirm. */
export const hintedPaymentsMax = 5
/** How often orders past their time are ended, how many in one go, and goes in a row. */
export const expireSeconds = 5
export const expireBatchMax = 500
export const expireRoundsMax = 20
/** What a payment gateway has for its answer, and how much of it is read. */
export const gatewayMilliseconds = 8_000
export const gatewayAnswerBytesMax = 256 * 1024
/** Failures in a row after which a gateway is left alone, and for how long: a person who waits for a QR is not kept waiting for nothing. */
export const gatewayFailuresMax = 5
export const gatewayOpenMilliseconds = 5_000
/** A gateway's notification; real ones have 2 KB. */
export const notificationBytesMax = 32 * 1024
/** Working days within which money is promised back. */
export const refundWorkingDays = 7
/** How often purchases are compared with the gateways by themselves, and of how many days. */
export const reconcileSeconds = 24 * 60 * 60
export const reconcileDays = 7
/** How often each process looks whether that is due, and tells what was found last. */
export const reconcileLookSeconds = 10 * 60
/** Orders that are read at once while gateways are asked: minutes, where each answer takes seconds; whoever is silent for longer is dead. */
export const reconcilePageOrders = 200
export const reconcileLapseSeconds = 30 * 60
/** A refund's bank account: names and numbers of banks stay far below. */
export const bankNameLengthMax = 40
export const accountNameLengthMax = 100
/** Open refunds that an operator is shown at once. */
export const openRefundsShownMax = 500
/** `meterai quota buy` asks this often whether the money is there, for some three hours; the order goes on without it. */
export const orderPollMilliseconds = 2_000
export const orderPollsMax = 5_000
/** A higher credit limit waits so long for its second operator; over a weekend and a holiday, not for ever. */
export const creditRequestDays = 7
/** A call of `meterai demo people` is over by then: the service is on this machine. */
export const visitorCallSeconds = 60
/** An operator's name on the command line, until the back office knows who is there. */
export const operatorNamePattern = /^[a-z][a-z0-9._-]{1,39}$/
/** A quota transfer that nobody finished is gone on with after this long, and so often they are looked for. */
export const transferResumeSeconds = 10
/** Stamps that one account may owe: a hundred times a collector's least month (1,000 documents). */
export const creditUnitsMax = 100_000
/** Statements that a process makes one after another while others wait: each takes up to seconds for a large account. */
export const statementsInLineMax = 10
/** Documents of a return that are read at once. */
export const returnPageRows = 1_000
/**
 * Passwords: ten characters with nothing prescribed (NIST SP 800-63B asks for eight at least), and no more than anyone types: a longer
 * one only costs time.
 */
export const passwordLengthMin = 10
export const passwordLengthMax = 200
/** argon2id as OWASP has it: 19 MiB, two passes, one thread; some 40 ms a password. */
export const argon2Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Passwords that wait for the one process that hashes them, the last some three seconds; and, beyond those, of who signed in already. */
export const passwordQueueMax = 64
export const passwordInsidePlaces = 16
/** How nicely that process asks for its time (of 19): beside stamping it takes what is left. At 10 a storm of sign-ins took a third of stamping. */
export const passwordProcessPriority = 15
/** Heap and address space of that process: it holds one password at a time; and how long it may take to come up and for one hash. */
export const passwordProcessHeapMegabytes = 64
export const passwordProcessAddressSpaceKilobytes = 4 * 1024 * 1024
export const passwordProcessMilliseconds = 30_000
/** A session ends after a month without use, and in any case after half a year. */
export const sessionIdleDays = 30
export const sessionDays = 180
/** A renewed token's predecessor counts this long more: calls that were under way, and a renewal that is asked for twice. */
export const sessionFormerSeconds = 60
/** Sessions of one person: phones, computers, and what was never signed out; the oldest goes. */
export const sessionsPerPersonMax = 20
/** Wrong passwords without a wait; then so many seconds, doubled by each further one, up to an hour; forgotten after a day. */
export const signInTriesFree = 5
export const signInWaitSeconds = 30
export const signInWaitSecondsMax = 60 * 60
export const signInGuessesKeepSeconds = 24 * 60 * 60
/** A message that is no code is tried for three days: longer ago it is no news. */
export const messageLifeSeconds = 3 * 24 * 60 * 60
/** A one-time code lives as long as a slow SMS takes and a person needs. */
export const codeLifeSeconds = 10 * 60
/** Six digits: five guesses are 1 in 200,000. At one receiver twice as many, for a family's number belongs to several. */
export const codeGuessesMax = 5
export const codeReceiverGuessesMax = 10
/** Locks after those guesses, each longer than the one before: some 1,800 guesses in a year, so 1 in 500. The last one repeats. */
export const codeLockSeconds = [15 * 60, 60 * 60, 4 * 60 * 60, 24 * 60 * 60] as const
/** Locks are forgotten after a month without a guess. */
export const codeGuardKeepDays = 30
/** Pauses before the next code to a receiver, while those of the last hour were not answered. The last one repeats. */
export const codeResendSeconds = [30, 60, 120, 240, 480] as const
export const codeResendWindowSeconds = 60 * 60
/** So many unanswered codes to a receiver, and another route is offered. */
export const codeOtherRoutesAfter = 2
/** Codes in 24 hours: for one person or registration, and to one receiver. People who sign in all day use a passkey. */
export const codesPerSubjectDayMax = 20
export const codesPerReceiverDayMax = 15
/** SMS in a day of Jakarta: to one number (in 24 hours), to one prefix (pumping takes numbers in a row), and of the whole service. */
export const smsPerNumberDayMax = 8
export const smsPerPrefixDayMax = 500
export const smsPerDayMax = 50_000
/** What strangers leave of them for who signed in; codes a process makes at once, a second's work; its connections for people, apart from stamping's. */
export const smsInsideShare = 0.1
export const codeRequestsAtOnceMax = 100
export const peopleConnectionsMax = 4
/** Codes say so for two days, as long as their limits look back and a day more. */
export const codeKeepDays = 2
/** After a password reset or a changed contact: so long no batch, no key and no money is moved by that person; owners hear of it first. */
export const coolingSeconds = 24 * 60 * 60
/** A reset takes away authenticators added since such a day began, where that is no longer ago: an owner has read of it by then. */
export const doubtDays = 30
/** A photo of an identity card: 12 megapixels as a phone makes them, and the pixels that whoever looks at it has to unpack. */
export const photoBytesMax = 5 * 1024 * 1024
export const photoPixelsMax = 50_000_000
/** Unpacked: three channels of eight bits; so many at once: each is half a second's work. A request is there after so long, over a slow line too. */
export const photoUnpackedBytesMax = photoPixelsMax * 3
export const photosAtOnceMax = 4
export const requestSecondsMax = 600
/** A photo is deleted so long after the decision it was for; one on its way has so long to arrive. Files deleted in one round. */
export const photoKeepDays = 30
export const photoOnItsWaySeconds = 60 * 60
export const photoBatchMax = 200
/** A registration can be resumed for a month. */
export const registrationDays = 30
/** One without a proven contact, so long; and so many in all, some 1 GB: anyone may begin one. */
export const registrationUnprovenSeconds = 24 * 60 * 60
export const registrationsMax = 1_000_000
/** How long a form of the portal is known to have acted: longer than anyone leaves a page open and sends it again. */
export const formKeyHours = 24
/** A step that waits for a code, as the browser keeps it: somewhat longer than a code is good, so that it can be sent again. */
export const codeStepSeconds = 30 * 60
/** A page waits so long to learn who visits, then stands without their name: a page about trouble must come while there is some. */
export const visitorMilliseconds = 3_000
/** A form of the portal without files: none has more than a dozen fields of a few hundred letters. */
export const formBytesMax = 64 * 1024
/** Members and invitations of one account: the largest offices have some hundreds who stamp; more go through a key of their own system. */
export const membersMax = 500
/** Invitations in 24 hours: of one account (a large office's first day), and to one receiver, who may know nobody there. */
export const invitationsPerAccountDayMax = 100
export const invitationsPerReceiverDayMax = 5
/** An invitation waits two weeks. */
export const invitationDays = 14
/** Stamps that an account may buy and affix before its holder is proven: enough for a deadline. */
export const unprovenStampsMax = 5
/** What a proofing provider has for its answer, and when it is asked again after none: minutes, doubled up to six hours. */
export const proofingSeconds = 5
export const proofingRetrySeconds = 60
export const proofingRetrySecondsMax = 6 * 60 * 60
/** How often due questions are looked for, and how many in one round. */
export const proofingRoundSeconds = 10
export const proofingBatchMax = 20
/** Names, addresses of an identity. */
export const nameLengthMax = 100
export const addressLengthMax = 300
/** Wrong PINs in a row before a lock: six digits, so five guesses are 1 in 200,000. Locks in a row grow; a right PIN ends the row. */
export const pinTriesMax = 5
export const pinLockSeconds = [15 * 60, 60 * 60, 6 * 60 * 60, 24 * 60 * 60] as const
/** After a reset by code the PIN confirms nothing for a day: time for its owner to read the notice and to object. */
export const pinCoolingSeconds = 24 * 60 * 60
/** Confirmations by password and code a person has in a day (Jakarta's): a deadline's worth; and tries for them, typing errors counted. */
export const otherConfirmationsMax = 3
export const otherConfirmationTriesMax = 10
/** A confirmation waits this long for its stamp: a slow upload, not a lunch. */
export const authorizationSeconds = 10 * 60
/** Documents that one confirmation may name: a batch's; and those of affixings one by one, as many as a page shows. */
export const confirmedDocumentsMax = 10_000
export const affixingsConfirmedMax = 100
/** The body that names them, 67 bytes each. */
export const confirmationBytesMax = 1024 * 1024
/** Spent and lapsed confirmations are kept for a day, for whoever asks what happened. */
export const confirmationKeepDays = 1
/** Keys of an account that are not revoked: one for each of its systems and tests. */
export const apiKeysMax = 50
/** A limit that a key may be given: above it there is none to speak of. */
export const keyLimitMax = 1_000_000
/** How often the days on which keys were used are written down. */
export const keyUseSeconds = 60
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
/** A time-based code (RFC 6238) is good for its 30 seconds and those beside it: clocks of phones are late by less. */
export const totpStepSeconds = 30
/** Recovery codes of one person: for losing a phone a few times. 50 random bits each, stored as a keyed hash. */
export const recoveryCodesMax = 10
/** A passkey's question may be answered for five minutes: long enough to find the security key. */
export const passkeyChallengeSeconds = 5 * 60
/** Passkeys of one person: phones, computers, a spare key. */
export const passkeysMax = 20
/** A password as typed, before it is looked at: four bytes a character, and composed ones. */
export const passwordBytesMax = 1_000
/** Photos of registrations on their way and of nobody, together: room for 2,000 of the largest. */
export const photosUnownedBytesMax = 2_000 * photoBytesMax
/** One counts for so much at least, as no file is free; one of a registration without a proven contact is kept an hour. */
export const photoBytesMin = 64 * 1024
export const photoOfNobodySeconds = 60 * 60
/** Pieces that a photo's file may be made of: a JPEG of a camera has some 100, a PNG of 5 MB in pieces of 1 KB some 5,000. */
export const jpegSegmentsMax = 1_000
export const pngChunksMax = 10_000
/** Accounts that one person may open: their own, their company's, and some clubs'. */
export const accountsPerPersonMax = 10
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
/** Documents that the affixing page takes along with one place and one PIN: more is a batch's work, and a phone's memory ends. */
export const documentsAtOnceMax = 20

/** One page drawn for a browser without a script: a second for most, and a scan of A0 fits; two at once leave the machine its other work. */
export const pictureSeconds = 10
export const pictureAddressSpaceKilobytes = 1024 * 1024
export const pictureBytesMax = 8 * 1024 * 1024
export const picturesAtOnceMax = 2

/** A file on its way is looked at once more by its person within minutes, and no attempt on one runs as long: what is older is a crash's. */
export const temporaryFileMinutes = 120

/** Documents of one person that wait for a second look at a time: 64 MB each; of more the oldest goes. */
export const formDraftsMax = 5

/** Forms with a file that pages take at once: on disk they are a gigabyte, and the last waits a quarter of a minute for the process that reads. */
export const uploadsAdmittedMax = 16
