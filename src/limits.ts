/** Every bound of the product with its reason. docs/limits.md tells the ones people meet. */

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
/** A client sends a call without an answer this often, waiting longer each time: some 30 s, a restart's length. */
export const callTriesMax = 6
/** A client asks this often whether a waiting signature is there before it gives the prompt back; the server goes on. */
export const waitingPollsMax = 12
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
/** A payment that a notification named and the gateway does not confirm yet is asked about again after this long. */
export const hintLookSeconds = 30
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
/** How often purchases are compared with the gateways by themselves; of how many days, and how many orders at most. */
export const reconcileSeconds = 24 * 60 * 60
export const reconcileDays = 7
export const reconcileOrdersMax = 5_000
/** A refund's bank account: names and numbers of banks stay far below. */
export const bankNameLengthMax = 40
export const accountNameLengthMax = 100
/** Open refunds that an operator is shown at once. */
export const openRefundsShownMax = 500
/** `meterai quota buy` asks this often whether the money is there, for some three hours; the order goes on without it. */
export const orderPollMilliseconds = 2_000
export const orderPollsMax = 5_000
/** An operator's name on the command line, until the back office knows who is there. */
export const operatorNamePattern = /^[a-z][a-z0-9._-]{1,39}$/
/** A quota transfer that nobody finished is gone on with after this long, and so often they are looked for. */
export const transferResumeSeconds = 10
/** Stamps that one account may owe: a hundred times a collector's least month (1,000 documents). */
export const creditUnitsMax = 100_000
/** Documents of a return that are read at once. */
export const returnPageRows = 1_000
