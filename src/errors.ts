/**
 * Every refusal the product can give: code, HTTP status, exit code, whether the same call may succeed later unchanged.
 * The sentence for people is `errors.<code>` in text/id.json and text/en.json. docs/errors.md is held to this list by a test.
 */
export const errorList = {
  // the call itself
  request_malformed: { status: 400, exit: 64, mayRetry: false },
  text_unusable: { status: 422, exit: 64, mayRetry: false },
  key_missing: { status: 400, exit: 64, mayRetry: false },
  key_malformed: { status: 400, exit: 64, mayRetry: false },
  key_reused: { status: 422, exit: 65, mayRetry: false },
  in_progress: { status: 409, exit: 75, mayRetry: true },
  unauthenticated: { status: 401, exit: 77, mayRetry: false },
  not_found: { status: 404, exit: 66, mayRetry: false },
  method_not_allowed: { status: 405, exit: 64, mayRetry: false },
  body_too_large: { status: 413, exit: 65, mayRetry: false },
  media_type_unsupported: { status: 415, exit: 64, mayRetry: false },
  // quota and affixing
  quota_empty: { status: 402, exit: 10, mayRetry: true },
  too_many_open: { status: 429, exit: 75, mayRetry: true },
  too_many_releases: { status: 429, exit: 75, mayRetry: true },
  key_limit_reached: { status: 429, exit: 75, mayRetry: true },
  account_frozen: { status: 403, exit: 77, mayRetry: false },
  already_reserved: { status: 409, exit: 11, mayRetry: false },
  already_stamped: { status: 409, exit: 12, mayRetry: false },
  digest_differs: { status: 409, exit: 65, mayRetry: false },
  digest_malformed: { status: 422, exit: 64, mayRetry: false },
  affixing_released: { status: 409, exit: 13, mayRetry: false },
  affixing_affixed: { status: 409, exit: 12, mayRetry: false },
  signature_too_large: { status: 500, exit: 70, mayRetry: true },
  document_not_kept: { status: 410, exit: 66, mayRetry: false },
  document_type_unknown: { status: 422, exit: 64, mayRetry: false },
  issuer_not_configured: { status: 403, exit: 78, mayRetry: false },
  webhook_url_refused: { status: 422, exit: 64, mayRetry: false },
  too_many_webhooks: { status: 409, exit: 65, mayRetry: false },
  // purchases
  test_key_cannot_buy: { status: 403, exit: 77, mayRetry: false },
  order_too_large: { status: 422, exit: 64, mayRetry: false },
  qris_too_large: { status: 422, exit: 64, mayRetry: false },
  bank_unavailable: { status: 422, exit: 64, mayRetry: false },
  too_many_orders: { status: 429, exit: 75, mayRetry: true },
  order_paid: { status: 409, exit: 14, mayRetry: false },
  order_replaced: { status: 409, exit: 65, mayRetry: false },
  order_unpaid: { status: 409, exit: 65, mayRetry: false },
  gateway_refused: { status: 502, exit: 69, mayRetry: false },
  gateway_unavailable: { status: 503, exit: 69, mayRetry: true },
  notification_forged: { status: 403, exit: 77, mayRetry: false },
  credit_exceeded: { status: 409, exit: 10, mayRetry: true },
  credit_not_owed: { status: 409, exit: 65, mayRetry: false },
  transfer_exceeds_quota: { status: 409, exit: 10, mayRetry: false },
  refund_exceeds_quota: { status: 409, exit: 10, mayRetry: false },
  refund_not_open: { status: 409, exit: 65, mayRetry: false },
  return_of_specimens: { status: 403, exit: 77, mayRetry: false },
  refund_destination_missing: { status: 409, exit: 65, mayRetry: false },
  refund_same_operator: { status: 403, exit: 77, mayRetry: false },
  // people
  sign_in_failed: { status: 401, exit: 77, mayRetry: false },
  sign_in_locked: { status: 429, exit: 75, mayRetry: true },
  csrf_refused: { status: 403, exit: 77, mayRetry: false },
  password_weak: { status: 422, exit: 65, mayRetry: false },
  contact_cooling: { status: 409, exit: 75, mayRetry: true },
  contact_taken: { status: 409, exit: 65, mayRetry: false },
  registration_incomplete: { status: 409, exit: 65, mayRetry: false },
  registration_completed: { status: 409, exit: 65, mayRetry: false },
  photo_unusable: { status: 422, exit: 65, mayRetry: false },
  identity_settled: { status: 409, exit: 65, mayRetry: false },
  proofing_needed: { status: 403, exit: 77, mayRetry: false },
  last_owner: { status: 409, exit: 65, mayRetry: false },
  too_many_members: { status: 409, exit: 65, mayRetry: false },
  too_many_accounts: { status: 409, exit: 65, mayRetry: false },
  quota_left: { status: 409, exit: 65, mayRetry: false },
  // one-time codes and other proofs
  receiver_malformed: { status: 422, exit: 64, mayRetry: false },
  code_too_soon: { status: 429, exit: 75, mayRetry: true },
  code_limit_reached: { status: 429, exit: 75, mayRetry: true },
  code_locked: { status: 429, exit: 75, mayRetry: true },
  sms_budget_spent: { status: 429, exit: 75, mayRetry: true },
  code_wrong: { status: 422, exit: 65, mayRetry: false },
  code_expired: { status: 422, exit: 65, mayRetry: false },
  // who may: PIN, confirmations, keys, and how often
  not_allowed: { status: 403, exit: 77, mayRetry: false },
  pin_weak: { status: 422, exit: 64, mayRetry: false },
  pin_not_set: { status: 409, exit: 77, mayRetry: false },
  pin_already_set: { status: 409, exit: 77, mayRetry: false },
  pin_wrong: { status: 403, exit: 77, mayRetry: false },
  pin_locked: { status: 429, exit: 75, mayRetry: true },
  pin_cooling: { status: 403, exit: 77, mayRetry: true },
  pin_needed: { status: 403, exit: 77, mayRetry: false },
  confirmation_wrong: { status: 403, exit: 77, mayRetry: false },
  confirmations_used_up: { status: 429, exit: 75, mayRetry: true },
  authorization_missing: { status: 403, exit: 77, mayRetry: false },
  authorization_unusable: { status: 403, exit: 77, mayRetry: false },
  too_many_keys: { status: 409, exit: 65, mayRetry: false },
  rate_limited: { status: 429, exit: 75, mayRetry: true },
  authenticator_wrong: { status: 422, exit: 65, mayRetry: false },
  totp_needed: { status: 401, exit: 77, mayRetry: false },
  totp_already_on: { status: 409, exit: 65, mayRetry: false },
  passkey_refused: { status: 422, exit: 65, mayRetry: false },
  too_many_passkeys: { status: 409, exit: 65, mayRetry: false },
  session_needed: { status: 403, exit: 77, mayRetry: false },
  duplicate_in_batch: { status: 409, exit: 65, mayRetry: false },
  value_too_small: { status: 422, exit: 65, mayRetry: false },
  anchor_not_found: { status: 422, exit: 65, mayRetry: false },
  carries_stamp: { status: 422, exit: 65, mayRetry: false },
  cell_malformed: { status: 422, exit: 65, mayRetry: false },
  output_exists: { status: 409, exit: 73, mayRetry: false },
  // batches
  batch_waiting: { status: 409, exit: 75, mayRetry: true },
  batch_state: { status: 409, exit: 65, mayRetry: false },
  batch_empty: { status: 409, exit: 65, mayRetry: false },
  batch_full: { status: 409, exit: 65, mayRetry: false },
  too_many_batches: { status: 409, exit: 65, mayRetry: false },
  batch_reference_reused: { status: 422, exit: 65, mayRetry: false },
  batch_item_differs: { status: 422, exit: 65, mayRetry: false },
  batch_item_reserved: { status: 409, exit: 11, mayRetry: false },
  approval_by_maker: { status: 403, exit: 77, mayRetry: false },
  too_many_listeners: { status: 429, exit: 75, mayRetry: true },
  test_key_needed: { status: 403, exit: 77, mayRetry: false },
  // placing
  page_out_of_range: { status: 422, exit: 64, mayRetry: false },
  box_outside_page: { status: 422, exit: 64, mayRetry: false },
  box_too_small: { status: 422, exit: 64, mayRetry: false },
  box_over_signature: { status: 422, exit: 64, mayRetry: false },
  // the document
  file_empty: { status: 422, exit: 65, mayRetry: false },
  not_a_pdf: { status: 422, exit: 65, mayRetry: false },
  file_too_large: { status: 413, exit: 65, mayRetry: false },
  file_differs: { status: 422, exit: 65, mayRetry: false },
  password_needed: { status: 422, exit: 65, mayRetry: false },
  password_wrong: { status: 422, exit: 65, mayRetry: false },
  encryption_unsupported: { status: 422, exit: 65, mayRetry: false },
  certified_no_changes: { status: 422, exit: 65, mayRetry: false },
  signature_broken: { status: 422, exit: 65, mayRetry: false },
  changed_after_signature: { status: 422, exit: 65, mayRetry: false },
  xfa_dynamic: { status: 422, exit: 65, mayRetry: false },
  structure_damaged: { status: 422, exit: 65, mayRetry: false },
  too_complex: { status: 422, exit: 65, mayRetry: false },
  // the surroundings
  timestamp_unavailable: { status: 503, exit: 75, mayRetry: true },
  overloaded: { status: 503, exit: 75, mayRetry: true },
  agent_token_wrong: { status: 401, exit: 77, mayRetry: false },
  agent_caller_refused: { status: 403, exit: 77, mayRetry: false },
  service_unreachable: { status: 503, exit: 69, mayRetry: true },
  internal: { status: 500, exit: 70, mayRetry: true },
} as const

export type ErrorCode = keyof typeof errorList

/** Why a PDF or a placement cannot be stamped: what `preflight` and `place` may answer. */
export const documentRefusals = [
  'page_out_of_range',
  'box_outside_page',
  'box_too_small',
  'box_over_signature',
  'file_empty',
  'not_a_pdf',
  'file_too_large',
  'file_differs',
  'password_needed',
  'password_wrong',
  'encryption_unsupported',
  'certified_no_changes',
  'signature_broken',
  'changed_after_signature',
  'xfa_dynamic',
  'structure_damaged',
  'too_complex',
] as const satisfies readonly ErrorCode[]
export type DocumentRefusal = (typeof documentRefusals)[number]

/** A refusal on its way to the caller: a code, and the values its sentence names (`{page}` in the text is `values.page`). */
export type Refusal<Code extends ErrorCode = ErrorCode> = { code: Code; values?: Record<string, string | number> }

/** Thrown at the edges only (HTTP, CLI); inside, refusals are values. */
export class RefusedError extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(`${refusal.code} ${JSON.stringify(refusal.values ?? {})}`)
    this.name = 'RefusedError'
    this.refusal = refusal
  }
}
