/** Bounds of documents, stamps, the ledger and their upkeep, each with its reason. docs/limits.md tells the ones people meet. */

/** Largest PDF we stamp; agreements with scanned annexes reach tens of MB. */
export const pdfBytesMax = 200 * 1024 * 1024
/** Uploads to the server way; larger files stay on their device and use the private way. */
export const uploadBytesMax = 64 * 1024 * 1024
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
/** A batch's name. */
export const batchNameLengthMax = 120
/** A cost centre, of an order, a batch or an affixing: a code or a short name. */
export const costCentreLengthMax = 64
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
/** A batch that waited longer for its locks met another process: an uncontended one has them within half of this. */
export const contendedMilliseconds = 2
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
/** Documents that the affixing page takes along with one place and one PIN: more is a batch's work, and a phone's memory ends. */
export const documentsAtOnceMax = 20
/** A browser's store answers in some milliseconds, or, after a crash of its own, never: then the page goes on without it. */
export const storeAnswerMilliseconds = 3_000
/** One page drawn for a browser without a script: a second for most, and a scan of A0 fits; two at once leave the machine its other work. */
export const pictureSeconds = 10
export const pictureAddressSpaceKilobytes = 1024 * 1024
export const pictureBytesMax = 8 * 1024 * 1024
export const picturesAtOnceMax = 2
/** A file on its way is looked at once more by its person within minutes, and no attempt on one runs as long: what is older is a crash's. */
export const temporaryFileMinutes = 120
/** Documents of one person that wait for a second look at a time: 64 MB each; of more the oldest goes. */
export const formDraftsMax = 5
/** Photos that become one document without a script: a contract's pages; more is a scanner's work, and together they are no larger than an upload. */
export const sheetPhotosMax = 30
/** One of them: 12 megapixels of a phone are 3 to 8 MB, a PNG of as many three times that. */
export const sheetPhotoBytesMax = 20 * 1024 * 1024
/** All of one form's, in a process of its own: thirty photos as phones make them take some seconds, the largest PNG that is drawn anew three. */
export const sheetProcessMilliseconds = 30_000
/** Forms whose photos are read or wait for it: each keeps one of the places that forms with a PDF, and files to be checked, need too. */
export const sheetFormsAtOnceMax = 4
export const sheetProcessHeapMegabytes = 256
/** How nicely it asks for its time (of 19): somebody waits for it, but stamping comes first. */
export const sheetProcessPriority = 5
/** Pictures of pages that wait for their turn to be drawn: a page with thirty photos asks for all of theirs at once. */
export const picturesWaitingMax = 60

/** Documents up to this size are read for suggestions: each search reads them again, and larger ones would keep a cheap phone waiting. */
export const suggestionBytesMax = 8 * 1024 * 1024
/** So long the form waits for what a document says of itself; what comes later fills in a form that nobody has begun with. */
export const suggestionWaitMilliseconds = 400
