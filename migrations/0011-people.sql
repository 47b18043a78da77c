-- People who sign in, the accounts they act for, and what is known of who they are. Expands only: earlier versions go on working, and
-- the accounts they open are proven ones, as accounts of keys alone always were.

-- Days that people see are Jakarta's: UTC+7, no summer time.
create function jakarta_day(at timestamptz) returns date language sql immutable parallel safe
return (at at time zone 'UTC' + interval '7 hours')::date;

-- What a person can be recognised by is stored sealed (src/base/sealing.ts) and found by blind index; the key lies beside the database.
-- A registered account's name column holds its public id: its own name is sealed with its identity.
alter table account_holders
  add column kind text not null default 'personal' check (kind in ('personal', 'company', 'government', 'collector', 'distributor')),
  add column parent_id uuid references account_holders (account_id),
  add column proofing text not null default 'proven' check (proofing in ('unproven', 'waiting', 'proven', 'refused')),
  add column closed_at timestamptz;
create index account_holders_parent on account_holders (parent_id) where parent_id is not null;
grant update (proofing, closed_at) on account_holders to meterai_service;

-- Who holds an account, as one sealed JSON text; null once erased.
create table account_identities (
  account_id uuid primary key references account_holders (account_id),
  sealed bytea,
  nik_index bytea check (octet_length(nik_index) = 32),
  changed_at timestamptz not null,
  erased_at timestamptz,
  check ((sealed is null) = (erased_at is not null))
);
create index account_identities_nik on account_identities (nik_index) where nik_index is not null;

-- A contact stands here once it is proven: it is one person's alone. A closed person has neither name nor contact nor password.
create table people (
  person_id uuid primary key,
  sealed_name bytea,
  sealed_email bytea,
  sealed_phone bytea,
  email_index bytea unique check (octet_length(email_index) = 32),
  phone_index bytea unique check (octet_length(phone_index) = 32),
  password_hash text,
  language text not null check (language in ('id', 'en')),
  -- After a reset or a changed contact: until then nothing that moves money, keys or whole batches.
  cooling_until timestamptz,
  created_at timestamptz not null,
  closed_at timestamptz,
  check ((sealed_email is null) = (email_index is null)),
  check ((sealed_phone is null) = (phone_index is null)),
  check (closed_at is null or (sealed_name is null and sealed_email is null and sealed_phone is null and password_hash is null))
);

-- Who may do what for an account. Null limits: none of the member's own.
create table memberships (
  account_id uuid not null references account_holders (account_id),
  person_id uuid not null references people (person_id),
  role text not null check (role in ('owner', 'buyer', 'stamper', 'reader')),
  stamps_per_month int check (stamps_per_month >= 0),
  order_limit_rupiah bigint check (order_limit_rupiah >= 0),
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (account_id, person_id)
);
create index memberships_person on memberships (person_id, account_id) where removed_at is null;

-- An invitation waits for whoever has proven this contact.
create table invitations (
  invitation_id uuid primary key,
  account_id uuid not null references account_holders (account_id),
  contact_index bytea not null check (octet_length(contact_index) = 32),
  sealed_contact bytea not null,
  role text not null check (role in ('owner', 'buyer', 'stamper', 'reader')),
  stamps_per_month int check (stamps_per_month >= 0),
  order_limit_rupiah bigint check (order_limit_rupiah >= 0),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  unique (account_id, contact_index)
);
create index invitations_contact on invitations (contact_index);
create index invitations_old on invitations (expires_at);

-- What a person agreed to, and when.
create table consents (
  person_id uuid not null references people (person_id),
  consent_id uuid not null,
  account_id uuid not null,
  document text not null,
  version text not null,
  agreed_at timestamptz not null,
  primary key (person_id, consent_id)
);

-- A browser that is signed in. It is known by the hash of a token of 256 random bits, which is renewed once a day: the new one (next) counts
-- together with the old one until it comes back for the first time, so that an answer that got lost signs nobody out; the old one then
-- counts for a minute more, for calls that were under way.
create table sessions (
  session_id uuid primary key,
  person_id uuid not null references people (person_id),
  -- The account it acts for, where its calls name no other; null where there is none.
  account_id uuid,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  next_hash bytea unique check (octet_length(next_hash) = 32),
  next_at timestamptz,
  former_hash bytea unique check (octet_length(former_hash) = 32),
  former_until timestamptz,
  device text not null,
  started_at timestamptz not null,
  -- A day, never a time of day.
  seen_on date not null,
  idle_until timestamptz not null,
  ends_at timestamptz not null,
  check (idle_until <= ends_at)
) with (fillfactor = 80);
create index sessions_person on sessions (person_id);
create index sessions_old on sessions (idle_until);

-- Guesses at a password, counted for the person and for what was typed, known or not; never for an address of the network alone.
create table sign_in_guesses (
  subject bytea primary key check (octet_length(subject) = 32),
  tries int not null,
  tried_at timestamptz not null,
  waits_until timestamptz not null
) with (fillfactor = 80);
create index sign_in_guesses_old on sign_in_guesses (tried_at);

-- A registration on its way: what was filled in so far, sealed, until it is completed or given up.
create table registrations (
  registration_id uuid primary key,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  sealed_draft bytea not null,
  password_hash text,
  language text not null check (language in ('id', 'en')),
  email_proven boolean not null default false,
  phone_proven boolean not null default false,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  completed_at timestamptz
);
create index registrations_old on registrations (expires_at);

-- A picture of an identity card: the sealed file lies beside the documents, by the hash of its sealed bytes. The row comes before the file
-- and goes after it; one that belongs to nobody (on its way, or replaced) is due for deletion.
create table identity_photos (
  photo_id uuid primary key,
  registration_id uuid unique,
  account_id uuid unique,
  blob_sha256 text not null,
  media_type text not null check (media_type in ('image/jpeg', 'image/png')),
  -- Null while a decision is waited for.
  delete_at timestamptz,
  created_at timestamptz not null,
  check (registration_id is not null or account_id is not null or delete_at is not null)
);
-- How much room pictures of nobody's account take is bounded.
create index identity_photos_unowned on identity_photos (photo_id) where account_id is null;
create index identity_photos_due on identity_photos (delete_at) where delete_at is not null;

-- Whether a holder is who they say: one question an account. asks_at: when the provider is asked (again); null: an operator decides.
create table proofing_cases (
  account_id uuid primary key references account_holders (account_id),
  state text not null check (state in ('waiting', 'proven', 'refused')),
  asks_at timestamptz,
  tries int not null default 0,
  opened_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  check ((state = 'waiting') = (decided_at is null)),
  check (asks_at is null or state = 'waiting')
);
create index proofing_cases_due on proofing_cases (asks_at) where asks_at is not null;
create index proofing_cases_waiting on proofing_cases (opened_at) where state = 'waiting';

-- Who looked at the data of an account's people, shown to them; the audit has the same entry.
create table identity_reads (
  account_id uuid not null references account_holders (account_id),
  read_id uuid not null,
  actor text not null,
  read_at timestamptz not null,
  primary key (account_id, read_id)
);

grant select, insert on account_identities, people, memberships, consents, proofing_cases, identity_reads to meterai_service;
grant select, insert, delete on invitations, sessions, sign_in_guesses, registrations, identity_photos to meterai_service;
grant update (sealed, nik_index, changed_at, erased_at) on account_identities to meterai_service;
grant update (sealed_name, sealed_email, sealed_phone, email_index, phone_index, password_hash, language, cooling_until, closed_at)
  on people to meterai_service;
grant update (role, stamps_per_month, order_limit_rupiah, created_at, removed_at) on memberships to meterai_service;
grant update (role, stamps_per_month, order_limit_rupiah, sealed_contact, created_at, expires_at, invitation_id) on invitations to meterai_service;
grant update (account_id, token_hash, next_hash, next_at, former_hash, former_until, seen_on, idle_until) on sessions to meterai_service;
grant update (tries, tried_at, waits_until) on sign_in_guesses to meterai_service;
grant update (sealed_draft, password_hash, language, email_proven, phone_proven, completed_at) on registrations to meterai_service;
grant update (registration_id, account_id, delete_at) on identity_photos to meterai_service;
grant update (state, asks_at, tries, opened_at, decided_at, decided_by) on proofing_cases to meterai_service;
