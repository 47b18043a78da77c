-- A way back for who lost every way in, by two operators. Expands only: earlier versions go on working.

-- asked -> waiting (another operator approved, the person's contacts are told) -> open (the wait is over) -> done. Until then whoever still
-- has a way in ends it: cancelled. One that nobody went on with lapses.
create table access_recoveries (
  recovery_id uuid primary key,
  person_id uuid not null references people (person_id),
  kind text not null check (kind in ('contact', 'authenticator')),
  state text not null check (state in ('asked', 'waiting', 'open', 'done', 'cancelled', 'lapsed')),
  -- The contact that is to be the person's; gone as soon as the recovery has ended.
  sealed_contact bytea,
  contact_index bytea check (octet_length(contact_index) = 32),
  -- Of the token by which an old contact cancels it.
  token_hash bytea check (octet_length(token_hash) = 32),
  asked_by text not null,
  asked_at timestamptz not null,
  approved_by text check (approved_by <> asked_by),
  -- When the wait is over; null before it was approved.
  ready_at timestamptz,
  -- When it lapses.
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  check ((state in ('done', 'cancelled', 'lapsed')) = (ended_at is not null)),
  check ((ended_at is null and kind = 'contact') = (sealed_contact is not null)),
  check ((sealed_contact is null) = (contact_index is null)),
  check ((approved_by is null) = (ready_at is null) and (approved_by is null) = (token_hash is null))
);
create unique index access_recoveries_person on access_recoveries (person_id, kind) where ended_at is null;
create index access_recoveries_contact on access_recoveries (contact_index) where state = 'open';

grant select, insert on access_recoveries to meterai_service;
grant update (state, sealed_contact, contact_index, token_hash, approved_by, ready_at, expires_at, ended_at, ended_by)
  on access_recoveries to meterai_service;
