/** Bounds of registration, codes, passwords, PINs, sessions and members, each with its reason. docs/limits.md tells the ones people meet. */

/** An operator's name on the command line, until the back office knows who is there. */
export const operatorNamePattern = /^[a-z][a-z0-9._-]{1,39}$/
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
/** While others wait it rests after each password, this many times as long as that took: a core's other half may be stamping's. */
export const passwordRestTimes = 1
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
/** A one-time code lives as long as a slow SMS takes and a person needs. */
export const codeLifeSeconds = 10 * 60
/** Six digits: five guesses are 1 in 200,000. At one receiver twice as many, for a family's number belongs to several. */
export const codeGuessesMax = 5
export const codeReceiverGuessesMax = 10
/**
 * Locks after those guesses, each longer than the one before: some 1,800 guesses in a year, so 1 in 500; at the door at each of a person's two
 * contacts, so 1 in 270. The last one repeats.
 */
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
/** After a password reset or a changed contact: so long no batch, no key and no money is moved by that person; owners hear of it first.
 * As long waits what one owner alone wants of the second member's rule. */
export const coolingSeconds = 24 * 60 * 60
/** A higher sum of the second member's rule, or its end, waits so long for another owner: over a weekend and a holiday, not for ever. */
export const ruleChangeDays = 7
/** A reset takes away authenticators added since such a day began, where that is no longer ago: an owner has read of it by then. */
export const doubtDays = 30
/** A way back that two operators opened: so long the person's contacts have to object; each further step waits so many days, then it lapses. */
export const recoveryWaitSeconds = 24 * 60 * 60
export const recoveryKeptDays = 7
/** How often those that are due are looked for, and how many in one round. */
export const recoveryRoundSeconds = 60
export const recoveryBatchMax = 50
/** A photo of an identity card: 12 megapixels as a phone makes them, and the pixels that whoever looks at it has to unpack. */
export const photoBytesMax = 5 * 1024 * 1024
export const photoPixelsMax = 50_000_000
/** Unpacked: three channels of eight bits; so many at once: each is half a second's work. */
export const photoUnpackedBytesMax = photoPixelsMax * 3
export const photosAtOnceMax = 4
/** Heap and address space of the process that unpacks them, one at a time and piece by piece; how long it may take to come up, and for one. */
export const photoProcessHeapMegabytes = 128
export const photoProcessAddressSpaceKilobytes = 4 * 1024 * 1024
export const photoProcessStartMilliseconds = 30_000
export const photoProcessMilliseconds = 10_000
/** A photo is deleted so long after the decision it was for; one on its way has so long to arrive. Files deleted in one round. */
export const photoKeepDays = 30
export const photoOnItsWaySeconds = 60 * 60
export const photoBatchMax = 200
/** A registration can be resumed for a month. */
export const registrationDays = 30
/** One without a proven contact, so long; and so many in all, some 1 GB: anyone may begin one. */
export const registrationUnprovenSeconds = 24 * 60 * 60
export const registrationsMax = 1_000_000
/** A step that waits for a code, as the browser keeps it: somewhat longer than a code is good, so that it can be sent again. */
export const codeStepSeconds = 30 * 60
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
