/** How long a start waits while PostgreSQL replays its log after a crash: a checkpoint's worth of log replays in well under this. */
export const databaseStartSecondsMax = 300
/** How long we wait for the remains of a killed PostgreSQL to let go of the folder: its processes notice within a second or two. */
export const databaseReleaseSecondsMax = 10
/** A fast shutdown writes one checkpoint; what takes longer is stopped at once and replays its log at the next start. */
export const databaseStopSecondsMax = 60
/** Looks at postmaster.pid this often; a start takes about 300 ms. */
export const databasePollMilliseconds = 20
/** At a start a longer log becomes postgres.log.old: errors alone are logged, so this is months of them. */
export const databaseLogBytesMax = 16 * 1024 * 1024
/** A port that another program took between our look and PostgreSQL's bind is drawn again; thrice in a row is no accident. */
export const databasePortTriesMax = 5
/** PostgreSQL is started again after a sudden death this often within the minute; more means that it cannot run here. */
export const databaseRestartsPerMinuteMax = 5
/** Serialization failures and deadlocks: each try is a fresh snapshot; the fifth loser of one row is a design fault worth seeing. */
export const transactionTriesMax = 5
/** Waits before another try grow from here, doubled and jittered, so that the two losers of a deadlock do not meet again. */
export const transactionRetryMilliseconds = 10
/** A transaction of ours lasts milliseconds; one left open this long holds locks for a caller that is gone. */
export const idleInTransactionMilliseconds = 60_000
/** One begun ahead is for a batch that waits already; whatever kept that from coming takes no longer than this. */
export const readyTransactionMilliseconds = 1_000
/** No statement of the service takes this long; a lost plan must not hold a connection for ever. */
export const statementMilliseconds = 60_000
/** Connecting, in seconds; a database that is starting over is back within this. */
export const connectSecondsMax = 30
/**
 * A pool that lost a connection: its queue is served for a while, a hundred times what a statement takes; then what runs on it has a
 * moment, and whoever is cut off by that asks the new pool.
 */
export const poolRetirement = { serveMilliseconds: 250, drainSeconds: 1 } as const
/** From a connection's last words to its end is a round trip; one that lives on after this was not the one that was lost. */
export const connectionEndMilliseconds = 10_000
/**
 * PostgreSQL's own cache: an eighth of the memory there is, within these (bytes). A page that has fallen out of it costs a
 * transfer of a ledger of ten million a third more.
 */
export const databaseCacheBytes = { shareOfMemory: 1 / 8, least: 128 * 1024 * 1024, most: 1024 * 1024 * 1024 } as const
