-- Webhooks: where an account wants its events, and what became of each. Expands only: earlier versions go on working.

-- An endpoint's secrets are not stored: they are made of a key that lies beside the database, the endpoint's id and this version.
create table webhook_endpoints (
  account_id uuid not null,
  endpoint_id uuid not null,
  url text not null,
  events text[] not null,
  secret_version int not null default 1,
  -- Until then the secret before this one is live too.
  former_until timestamptz,
  -- Set while nothing arrives: the first failure since the last success.
  failing_since timestamptz,
  -- Why nothing is sent: its owner's wish, days without an answer, or an answer that it is gone. Null: it is live.
  disabled text check (disabled in ('owner', 'failing', 'gone')),
  created_at timestamptz not null,
  primary key (account_id, endpoint_id)
);

-- One event on its way to one endpoint: due while due_at is set. An event that comes twice is one delivery.
create table webhook_deliveries (
  account_id uuid not null,
  endpoint_id uuid not null,
  delivery_id uuid not null,
  event_id uuid not null,
  event text not null,
  body text not null,
  created_at timestamptz not null,
  state text not null default 'due' check (state in ('due', 'delivered', 'given_up')),
  tries int not null default 0,
  due_at timestamptz,
  -- Of the last try: the answer's status, or why there was none.
  tried_at timestamptz,
  status int,
  problem text,
  primary key (account_id, endpoint_id, delivery_id),
  unique (account_id, endpoint_id, event_id),
  check ((state = 'due') = (due_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index webhook_deliveries_due on webhook_deliveries (account_id, endpoint_id, due_at) where due_at is not null;
create index webhook_deliveries_old on webhook_deliveries (created_at);

-- By which key secrets are made: its hash, so that a process with another one refuses to start.
create table service_key (
  singleton boolean primary key default true check (singleton),
  sha256 bytea not null
);

grant select, insert, delete on webhook_endpoints, webhook_deliveries to meterai_service;
grant select, insert on service_key to meterai_service;
grant update (url, events, secret_version, former_until, failing_since, disabled) on webhook_endpoints to meterai_service;
grant update (state, tries, due_at, tried_at, status, problem) on webhook_deliveries to meterai_service;
