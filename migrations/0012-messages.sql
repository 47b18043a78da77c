-- One-time codes, the messages that carry them, and the better ways to prove who one is. Expands only: earlier versions go on working.

-- One message to one receiver: due while due_at is set. Address and values are sealed; the index finds a receiver without telling it.
-- withheld: made as every other and sent to nobody, so that an unknown person gets the same answer at the same pace.
create table messages (
  message_id uuid primary key,
  account_id uuid,
  route text not null check (route in ('sms', 'whatsapp', 'email')),
  receiver bytea not null,
  receiver_index bytea not null,
  template text not null,
  body bytea not null,
  created_at timestamptz not null,
  -- Not sent later than this: a code that is void is no help.
  until timestamptz not null,
  state text not null default 'due' check (state in ('due', 'sent', 'given_up', 'withheld')),
  tries int not null default 0,
  due_at timestamptz,
  tried_at timestamptz,
  -- Of the last try; null where it went well.
  problem text,
  check ((state = 'due') = (due_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index messages_due on messages (route, due_at) where due_at is not null;
create index messages_receiver on messages (receiver_index, message_id);
create index messages_old on messages (created_at);

-- A code as an HMAC bound to its id. used_at: answered rightly; void_at: a newer one took its place, or its guesses were used up.
create table one_time_codes (
  code_id uuid primary key,
  purpose text not null,
  subject uuid not null,
  route text not null check (route in ('sms', 'whatsapp', 'email')),
  receiver bytea not null,
  receiver_index bytea not null,
  code_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  void_at timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index one_time_codes_subject on one_time_codes (subject, created_at);
create index one_time_codes_receiver on one_time_codes (receiver_index, created_at);
create index one_time_codes_old on one_time_codes (created_at);

-- Wrong guesses of one subject, or at one receiver, since the last right one; guard is a blind index of either.
create table code_guards (
  guard bytea primary key,
  guesses int not null default 0,
  -- How often it was locked since then: each lock is longer.
  locks int not null default 0,
  locked_until timestamptz,
  last_at timestamptz not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index code_guards_old on code_guards (last_at);

-- SMS of a day in Jakarta: of one prefix, and of the whole service.
create table sms_counts (
  counted bytea primary key,
  day date not null,
  sent int not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index sms_counts_old on sms_counts (day);

-- A person's secret for time-based codes (RFC 6238); it counts once a code of it was shown. last_step: no step is good twice.
create table totp_secrets (
  person_id uuid primary key,
  secret bytea not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0
);

create table recovery_codes (
  person_id uuid not null,
  code_hash bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (person_id, code_hash)
);

create table passkeys (
  person_id uuid not null,
  passkey_id uuid not null,
  credential_id bytea not null unique,
  public_key bytea not null,
  -- The authenticator's own count; 0 where it keeps none.
  counter bigint not null,
  transports text[] not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (person_id, passkey_id)
);

-- A question that one answer may follow, once. person_id: null where nobody has said yet who answers.
create table passkey_challenges (
  challenge_id uuid primary key,
  person_id uuid,
  purpose text not null check (purpose in ('register', 'prove')),
  challenge text not null,
  expires_at timestamptz not null
);
create index passkey_challenges_old on passkey_challenges (expires_at);

grant select, insert, delete on messages, one_time_codes, code_guards, sms_counts to meterai_service;
grant select, insert, delete on totp_secrets, recovery_codes, passkeys, passkey_challenges to meterai_service;
grant update (state, tries, due_at, tried_at, problem) on messages to meterai_service;
grant update (used_at, void_at) on one_time_codes to meterai_service;
grant update (guesses, locks, locked_until, last_at) on code_guards to meterai_service;
grant update (day, sent) on sms_counts to meterai_service;
grant update (secret, created_at, confirmed_at, last_step) on totp_secrets to meterai_service;
grant update (used_at) on recovery_codes to meterai_service;
grant update (counter, used_at) on passkeys to meterai_service;
