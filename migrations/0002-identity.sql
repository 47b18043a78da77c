-- Who holds an account, and the API keys that act for it. Registration and people come with their own tables.

create table account_holders (
  account_id uuid primary key,
  name text not null,
  -- The live account whose test twin this is: test keys spend specimens, in an account of their own.
  twin_of uuid unique references account_holders (account_id),
  created_at timestamptz not null
);

create table api_keys (
  -- SHA-256 of the whole key: 256 random bits need no slow hash.
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  key_id uuid not null unique,
  account_id uuid not null references account_holders (account_id),
  kind text not null check (kind in ('live', 'test')),
  label text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

grant select, insert on account_holders, api_keys to meterai_service;
grant update (revoked_at) on api_keys to meterai_service;
