/**
 * Every message the product sends, with the values its words name (`messages.<template>.subject` and `.text`). `until` is a
 * moment with its zone, in the receiver's language; ids are public ones; `amount` is money as it is written.
 */
export const messageTemplates = {
  /** A one-time code. `purpose`: one of `codePurposes`. */
  code: ['code', 'purpose'],
  /** Somebody signed in on a device not seen before. */
  signed_in: ['device'],
  password_changed: [],
  /** Somebody registers with a contact that is a person's already. */
  registration_known: [],
  /** To the old address and to the new one. `kind`: `phone` or `email`. */
  contact_changed: ['kind'],
  /** `role`: one of `roles`. */
  invitation: ['account', 'role'],
  account_closed: [],
  /** `act`: one of `authenticatorActs`. */
  authenticator_changed: ['act'],
  pin_changed: [],
  pin_locked: ['tries', 'until'],
  affixing_confirmed: [],
  order_paid: ['order', 'units'],
  order_expired: ['order', 'units'],
  refund_due: ['order', 'amount'],
  webhook_disabled: ['webhook'],
  batch_finished: ['batch', 'done', 'failed'],
  proofing_proven: [],
  proofing_refused: [],
} as const satisfies Record<string, readonly string[]>
export type MessageTemplate = keyof typeof messageTemplates
