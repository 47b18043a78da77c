import type { FaultPoint } from '../../src/base/fault-points.ts'
import type { DemoKeys } from '../../src/identity/demo-accounts.ts'

/** What can befall a service at a fault point. */
export type Deed = 'kill service' | 'kill database' | 'cut connections' | 'refuse disk' | 'refuse timestamp'

/** Carried out from the `pass`-th time (1 is the first) that the service comes by the point, `times` times. */
export type Order = { point: FaultPoint; deed: Deed; pass: number; times: number; databasePid?: number }

/** What the harness tells its service; `goOn` answers `waits`, `wallClock` shifts what the process takes for the time of day. */
export type ToService =
  | { kind: 'orders'; orders: readonly Order[] }
  | { kind: 'goOn' }
  | { kind: 'wallClock'; milliseconds: number }
  | { kind: 'stop' }

/** What the service tells: it serves; it came by a point for the first time; it waits there for its connections to be cut; an order was carried out. */
export type FromService =
  | { kind: 'ready'; demo: (DemoKeys & { accountId: string }) | undefined }
  | { kind: 'reached'; point: FaultPoint }
  | { kind: 'waits' }
  | { kind: 'carriedOut'; order: Order }
