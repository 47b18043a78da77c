-- Forms of the portal that were sent already: the same form sent twice acts once. Expands only: earlier versions go on working.

-- The hash of a form's one-time key, from when it acted. Kept a day: nobody sends a form again later.
create table form_keys (
  key_hash bytea primary key,
  used_at timestamptz not null
);
create index form_keys_old on form_keys (used_at);

grant select, insert, delete on form_keys to meterai_service;
