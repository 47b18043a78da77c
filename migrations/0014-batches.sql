-- Batches: many documents prepared together, approved by a second member where the account wants it. Expands only: earlier versions go on working.

-- From which sum on a batch waits for a second member; no row: never.
create table batch_rules (
  account_id uuid primary key,
  above_rupiah bigint not null check (above_rupiah >= 0),
  changed_at timestamptz not null
);

create table batches (
  account_id uuid not null,
  batch_id uuid not null,
  name text not null,
  -- The cost centre that its stamps are counted for.
  tag text,
  state text not null default 'draft' check (state in ('draft', 'waiting_approval', 'open', 'finished', 'cancelled')),
  idempotency_key text not null,
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  items int not null default 0 check (items >= 0),
  -- Everybody who had a hand in it, as the audit names actors: none of them approves it.
  makers text[] not null,
  approved_by text,
  created_at timestamptz not null,
  -- When its makers were done with it, and when it ended.
  opened_at timestamptz,
  ended_at timestamptz,
  -- The last reservation for it, and when to look next whether all its documents are affixed; looked for while it is open.
  reserved_at timestamptz,
  look_at timestamptz,
  primary key (account_id, batch_id),
  unique (account_id, idempotency_key),
  check ((state in ('finished', 'cancelled')) = (ended_at is not null)),
  check (approved_by is null or not makers @> array[approved_by])
) with (fillfactor = 80);
create index batches_due on batches (look_at) where state = 'open';
create index batches_unended on batches (account_id) where ended_at is null;

-- One document of a batch. Its facts are not kept here: the fingerprint tells whether a reservation is for what was prepared.
create table batch_items (
  account_id uuid not null,
  batch_id uuid not null,
  position int not null,
  item_id uuid not null,
  client_reference text not null,
  document_type text not null,
  source_sha256 bytea not null check (octet_length(source_sha256) = 32),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  -- The last reservation made for it.
  affixing_id uuid,
  primary key (account_id, batch_id, position),
  unique (account_id, item_id),
  unique (account_id, batch_id, client_reference),
  unique (account_id, batch_id, source_sha256),
  foreign key (account_id, batch_id) references batches (account_id, batch_id)
) with (fillfactor = 80);

grant select, insert on batch_rules, batches, batch_items to meterai_service;
grant update (above_rupiah, changed_at), delete on batch_rules to meterai_service;
grant update (state, items, makers, approved_by, opened_at, ended_at, reserved_at, look_at) on batches to meterai_service;
grant update (affixing_id), delete on batch_items to meterai_service;
