-- Payments that a notification names, however old their order is; money of another currency. Expands only: earlier versions go on working.

-- When the last of orders.hinted was named: how long the gateway is asked about it counts from then. Null where an earlier version wrote it.
alter table orders add column hinted_at timestamptz;
grant update (hinted_at) on orders to meterai_service;

-- What amount_rupiah counts: whole units of this. Money of another currency bought nothing and goes back as it came.
alter table refund_cases add column currency text not null default 'IDR';
