/**
 * Every message the product sends, with the values its words name (`messages.<template>.subject` and `.text`). `time` is a moment
 * with its zone, in the receiver's language; ids are public ones; `amount` is money as it is written; the rest are words of a closed list or
 * numbers.
 */
export const messageTemplates = {
  /** A one-time code. `purpose`: one of `codePurposes`. */
  code: ['code', 'purpose'],
  /** Somebody signed in on a device not seen before. */
  sign_in_alert: ['device', 'time'],
  /** To the old address and to the new one. `contact`: `phone` or `email`. */
  contact_changed: ['contact', 'time'],
  /** `act`: one of `authenticatorActs`. */
  authenticator_changed: ['act'],
  pin_set: ['time'],
  pin_changed: ['time'],
  pin_locked: ['minutes', 'time'],
  /** One affixing, by password and code or by passkey instead of the PIN. */
  affixing_confirmed: ['time'],
  order_paid: ['order', 'units'],
  /** To members who may let it pass; then, to who placed it, what came of that. */
  order_waiting: ['order', 'units'],
  order_approved: ['order', 'units'],
  order_cancelled: ['order', 'units'],
  order_expired: ['order', 'units'],
  refund_due: ['order', 'amount'],
  /** To the contact that was kept of a closed account. */
  refund_due_closed: ['order', 'amount', 'refund'],
  webhook_disabled: ['webhook'],
  batch_finished: ['batch', 'items'],
  /** `decision`: `approved`, `rejected` or `waiting`. */
  proofing_decided: ['decision'],
  /** A password was replaced, by its person or by a code. */
  password_changed: [],
  /** Somebody registers with a contact that belongs to the receiver already. */
  registration_known: [],
  /** `role`: one of the roles; `account`: a public id. */
  invitation: ['role', 'account'],
  /** To every owner. `act`: one of `memberActs`. */
  members_changed: ['account', 'act', 'role'],
  /** To every owner. `act`: one of `ruleActs`. */
  approval_rule_changed: ['account', 'act'],
  account_closed: [],
  /** To every contact, before anything is changed. `kind`: one of `recoveryKinds`; `link`: where it is ended. */
  recovery_begun: ['kind', 'time', 'link'],
  /** To the new contact. `link`: where a new password is made. */
  recovery_ready: ['link', 'time'],
} as const satisfies Record<string, readonly string[]>
export type MessageTemplate = keyof typeof messageTemplates
