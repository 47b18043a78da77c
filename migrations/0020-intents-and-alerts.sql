-- Orders that say what they buy for: one affixing, confirmed when the order was placed; and who was told that quota runs low. Expands only:
-- earlier versions go on working.

create table order_intents (
  account_id uuid not null,
  order_id uuid not null,
  -- Whose confirmation was spent for it; null where an API key ordered, which needs none.
  person_id uuid,
  -- The SHA-256 of what it may reserve: facts, placement, digest, length and pages. The same in words, for its owner: sealed.
  bound_sha256 bytea not null check (octet_length(bound_sha256) = 32),
  content bytea not null,
  created_at timestamptz not null,
  -- When it reserved, and what.
  spent_at timestamptz,
  affixing_id uuid,
  primary key (account_id, order_id),
  foreign key (account_id, order_id) references orders (account_id, order_id),
  check (affixing_id is null or spent_at is not null)
);
create index order_intents_created on order_intents (created_at);

grant select, insert, delete on order_intents to meterai_service;
grant update (spent_at, affixing_id) on order_intents to meterai_service;

-- Whether an account that wants to hear of it has little quota left: it is told once each time that it falls.
create table quota_alerts (
  account_id uuid primary key,
  is_low boolean not null,
  version int not null default 1,
  changed_at timestamptz not null
);
grant select, insert on quota_alerts to meterai_service;
grant update (is_low, version, changed_at) on quota_alerts to meterai_service;
