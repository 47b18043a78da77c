-- PINs, what they confirmed, and what owners make of their API keys. Expands only: earlier versions go on working.

-- A person's PIN, as an HMAC under a secret that lies beside the database: a dump alone cannot be guessed through.
create table pins (
  person_id uuid primary key,
  salt bytea not null check (octet_length(salt) = 16),
  hash bytea not null check (octet_length(hash) = 32),
  -- Tries since the last right one; a full row of them is a lock, and locks in a row grow.
  tries int not null default 0,
  locks int not null default 0,
  locked_until timestamptz,
  set_at timestamptz not null,
  -- After a reset by code: until then the PIN confirms nothing.
  cooling_until timestamptz,
  -- Confirmations without the PIN: one row of them a day, tries and those that were right.
  other_day date,
  other_tries int not null default 0,
  other_done int not null default 0
) with (fillfactor = 50);

-- What a person confirmed: one use, a few minutes. The token is stored as its hash, what it is good for as a hash of purpose,
-- documents and number of stamps; a token for several affixings has a row for each, to be spent by itself.
create table confirmations (
  account_id uuid not null,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  confirmation_id uuid not null,
  person_id uuid not null,
  bound_sha256 bytea not null check (octet_length(bound_sha256) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  spent_at timestamptz,
  primary key (account_id, token_hash, bound_sha256)
) with (fillfactor = 80);
create index confirmations_old on confirmations (expires_at);

-- Null scopes: everything. last_four: how an owner tells keys apart; null where the key is older than this.
alter table api_keys
  add column scopes text[] check (cardinality(scopes) > 0 and scopes <@ array['affix', 'buy', 'read', 'manage']),
  add column expires_at timestamptz,
  add column last_used date,
  add column last_four text check (length(last_four) = 4);
create index api_keys_account on api_keys (account_id, key_id);

grant select, insert, update on pins to meterai_service;
grant select, insert, delete on confirmations to meterai_service;
grant update (spent_at) on confirmations to meterai_service;
grant update (label, last_used) on api_keys to meterai_service;
