-- Purchases: orders, the payments that came for them, what has to be paid back. Expands only: earlier versions go on working.
-- Rows change under their account's lock (lock_accounts), then the order's own: whoever settles a payment has both.

create table orders (
  account_id uuid not null,
  order_id uuid not null,
  -- Null where nobody may ask twice: an order that replaces another, and one that the gateway refused.
  idempotency_key text,
  fingerprint bytea,
  -- Test keys buy specimens.
  ledger text not null check (ledger in ('stamps', 'specimens')),
  quantity int not null check (quantity > 0),
  price_rupiah bigint not null check (price_rupiah > 0),
  fee_rupiah bigint not null check (fee_rupiah >= 0),
  total_rupiah bigint not null check (total_rupiah = quantity * price_rupiah + fee_rupiah),
  method text not null check (method in ('qris', 'virtual_account')),
  bank text check ((bank is not null) = (method = 'virtual_account')),
  -- What the payment is credited to: the quota, or what a collector drew before.
  pays_for text not null default 'quota' check (pays_for in ('quota', 'debt')),
  -- A cost centre of the buyer's.
  tag text,
  -- What the money is for, where the buyer said so: an affixing that waits.
  intent jsonb,
  gateway text not null,
  -- The gateway's own id of it, and how to pay: a QRIS text, or an account's number. Null until the gateway knows the order.
  gateway_id text,
  qr_text text,
  account_number text,
  state text not null default 'waiting' check (state in ('waiting', 'paid', 'expired', 'replaced')),
  version int not null default 1,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  replaces uuid,
  -- When the gateway is asked again, how often it was, and since when it is being asked: a claim lapses.
  look_at timestamptz,
  looks int not null default 0,
  asked_at timestamptz,
  -- Payments that a notification named and the gateway has not confirmed yet.
  hinted text[] not null default '{}',
  primary key (account_id, order_id),
  check ((state = 'waiting') = (ended_at is null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- Gateways name an order alone.
create unique index orders_by_id on orders (order_id);
create unique index orders_key on orders (account_id, idempotency_key) where idempotency_key is not null;
create unique index orders_replaced_once on orders (account_id, replaces) where replaces is not null;
create index orders_waiting on orders (account_id) where state = 'waiting';
create index orders_overdue on orders (expires_at) where state = 'waiting';
create index orders_look on orders (look_at) where look_at is not null;
create index orders_created on orders (created_at);

-- Every payment that a gateway reported and proved, once: what it was good for never changes.
create table payments (
  account_id uuid not null,
  payment_id uuid not null,
  order_id uuid not null,
  gateway text not null,
  -- The gateway's own id of the payment.
  transaction_id text not null,
  amount_rupiah bigint not null check (amount_rupiah > 0),
  currency text not null,
  -- notification: signed, and confirmed where the gateway's signature leaves something open; look, poll: the gateway was asked.
  found_by text not null check (found_by in ('notification', 'look', 'poll')),
  outcome text not null check (outcome in ('credited', 'refund_due')),
  -- The transfer that it became.
  transfer_id uuid,
  created_at timestamptz not null,
  primary key (account_id, payment_id),
  unique (gateway, transaction_id),
  foreign key (account_id, order_id) references orders (account_id, order_id),
  check ((outcome = 'credited') = (transfer_id is not null))
);
-- The law: an order is credited once, whoever believes what.
create unique index payments_credited_once on payments (order_id) where outcome = 'credited';
create index payments_order on payments (order_id);
create index payments_created on payments (created_at);

-- Money that goes back: payments that credited nothing, and quota that its owner gives back.
create table refund_cases (
  account_id uuid not null,
  refund_id uuid not null,
  idempotency_key text,
  fingerprint bytea,
  reason text not null check (reason in ('paid_twice', 'wrong_amount', 'order_replaced', 'quota_returned')),
  payment_id uuid,
  order_id uuid,
  -- Of the quota that stands on the account's refunding balance meanwhile.
  units int not null default 0 check (units >= 0),
  amount_rupiah bigint not null check (amount_rupiah > 0),
  -- Bank, number and name of the account that gets the money: sealed.
  destination bytea,
  state text not null default 'due' check (state in ('due', 'approved', 'paid', 'cancelled')),
  promised_on date not null,
  created_at timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  paid_by text,
  -- The transfer that took the units back.
  transfer_id uuid,
  ended_at timestamptz,
  primary key (account_id, refund_id),
  unique (refund_id),
  unique (payment_id),
  check ((reason = 'quota_returned') = (units > 0)),
  check ((reason = 'quota_returned') = (payment_id is null)),
  check ((approved_by is not null) = (approved_at is not null)),
  -- Two people for anything that moves value.
  check (paid_by <> approved_by),
  check ((transfer_id is not null) = (state = 'paid' and units > 0)),
  check (state <> 'paid' or (approved_by is not null and paid_by is not null)),
  check ((state in ('paid', 'cancelled')) = (ended_at is not null))
);
create unique index refund_cases_key on refund_cases (account_id, idempotency_key) where idempotency_key is not null;
create index refund_cases_open on refund_cases (created_at) where state in ('due', 'approved');

-- Accounts of one organisation: a parent and its children may send each other quota.
create table account_families (
  child_id uuid primary key references account_holders (account_id),
  parent_id uuid not null references account_holders (account_id),
  created_at timestamptz not null,
  check (child_id <> parent_id)
);

-- Quota on its way between two of them: held at the giver (begun), in the receiver's quota (received), gone from the giver (done).
create table quota_transfers (
  account_id uuid not null,
  transfer_id uuid not null,
  receiver_id uuid not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  quantity int not null check (quantity > 0),
  state text not null default 'begun' check (state in ('begun', 'received', 'done')),
  created_at timestamptz not null,
  ended_at timestamptz,
  -- When whoever finds it unfinished goes on with it.
  due_at timestamptz,
  primary key (account_id, transfer_id),
  unique (account_id, idempotency_key),
  check ((state = 'done') = (ended_at is not null)),
  check ((state = 'done') = (due_at is null))
);
create index quota_transfers_received on quota_transfers (receiver_id, transfer_id);
create index quota_transfers_due on quota_transfers (due_at) where due_at is not null;

-- Collectors stamp first and pay later: how much they may owe, in stamps, and what they drew. What they owe is a balance of the ledger.
create table credit_lines (
  account_id uuid primary key references account_holders (account_id),
  limit_units int not null check (limit_units >= 0),
  changed_at timestamptz not null
);
create table credit_draws (
  account_id uuid not null,
  draw_id uuid not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  quantity int not null check (quantity > 0),
  created_at timestamptz not null,
  primary key (account_id, draw_id),
  unique (account_id, idempotency_key)
);

-- Bank and wallet of the demo: what stands there is theirs, not ours. Empty in production.
create table simulated_payments (
  reference text primary key,
  gateway_id text not null unique,
  method text not null,
  amount_rupiah bigint not null,
  qr_text text,
  account_number text,
  expires_at timestamptz not null,
  is_closed boolean not null default false,
  created_at timestamptz not null
);
create table simulated_transactions (
  transaction_id text primary key,
  reference text not null references simulated_payments (reference),
  amount_rupiah bigint not null,
  paid_at timestamptz not null
);
create index simulated_transactions_reference on simulated_transactions (reference);

-- The ledger's: what was sold and what was taken back, for the comparison with payments.
create view money_transfers as
  select account_id, id, ledger, debit, credit, amount, created_at from transfers
  where type = 'posted' and (debit = 'sold' or credit = 'sold');

grant select, insert on credit_lines, credit_draws, account_families, quota_transfers, orders, payments, refund_cases, simulated_payments, simulated_transactions to meterai_service;
grant select on money_transfers to meterai_service;
grant update (idempotency_key, gateway_id, qr_text, account_number, state, version, ended_at, look_at, looks, asked_at, hinted) on orders to meterai_service;
grant update (destination, state, approved_by, approved_at, paid_by, transfer_id, ended_at) on refund_cases to meterai_service;
grant update (state, ended_at, due_at) on quota_transfers to meterai_service;
grant update (limit_units, changed_at) on credit_lines to meterai_service;
grant update (is_closed) on simulated_payments to meterai_service;
