-- What a stamp takes on disk, and upkeep. Every row that was there is read as before; rows written from here on need a version that
-- knows these forms. No released version came before it.

-- What many signatures of one key have in common, once: the CMS without the materials inside it (of the first signature of this
-- form), the places where they go back, and the validation data in the order written; materials by SHA-256. The shape is
-- SHA-256 over all but the pattern's bytes (src/affixing/signature-forms.ts).
create table signature_forms (
  form_id int generated always as identity primary key,
  shape bytea not null unique check (octet_length(shape) = 32),
  pattern bytea not null,
  cut_offsets int[] not null,
  cut_hashes bytea[] not null,
  certs bytea[] not null,
  ocsps bytea[] not null,
  crls bytea[] not null,
  check (cardinality(cut_offsets) = cardinality(cut_hashes))
);
grant select, insert on signature_forms to meterai_service;

-- A signature is a form and what differs from its pattern (src/base/byte-difference.ts): 300 bytes instead of 1,700. Rows of
-- earlier versions have a form of their own in the other columns.
alter table signatures add column form_id int, add column packed bytea;
alter table signatures alter column remainder drop not null, alter column cut_offsets drop not null,
  alter column cut_hashes drop not null, alter column certs drop not null, alter column ocsps drop not null, alter column crls drop not null;
alter table signatures add constraint signatures_one_way check (
  (form_id is null) = (packed is null) and (form_id is null) = (remainder is not null));

-- What many recipes have in common, once (src/affixing/recipe-forms.ts); each affixing's own columns hold the rest. A recipe
-- is given out whole as before. Rows of earlier versions keep theirs in `recipe`.
create table recipe_forms (
  form_id int generated always as identity primary key,
  hash bytea not null unique check (octet_length(hash) = 32),
  shared json not null
);
grant select, insert on recipe_forms to meterai_service;

alter table affixings add column recipe_form int, add column source_length int, add column page int,
  add column box_left float8, add column box_bottom float8, add column seed bytea check (octet_length(seed) = 32);
alter table affixings alter column recipe drop not null;
alter table affixings add constraint affixings_recipe_one_way check (
  (recipe is null) = (recipe_form is not null) and num_nulls(recipe_form, source_length, page, box_left, box_bottom, seed) in (0, 6));

-- Upkeep. Rows that are written twice soon after each other leave one dead version each: vacuum comes after a fixed number of
-- them or one in fifty, whichever is more, so that what is dead never grows beyond that share and a large table is not read for nothing.
-- Whole pages are filled: the dead versions' places are taken again.
do $$
begin
  for i in 0..15 loop
    execute format('alter table affixings_%s set (fillfactor = 100, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02)', i);
    execute format('alter table pendings_%s set (fillfactor = 100, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02)', i);
  end loop;
end $$;
-- Deltas live for a minute, then they are folded.
alter table system_deltas set (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);

-- Rows of a month's partition never change: once a million has come they are frozen at once, so that no later vacuum writes their
-- pages again. As in 0001, with that setting.
create or replace function make_month_partitions(parent text, since timestamptz, months int) returns void language plpgsql as $$
declare
  first timestamptz;
  part text;
begin
  for i in 0 .. months - 1 loop
    first := (date_trunc('month', since at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
    part := format('%s_%s', parent, to_char(first at time zone 'UTC', 'YYYYMM'));
    if to_regclass(part) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L) with (
          autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_freeze_min_age = 0)',
        part, parent, uuid7_floor(first), uuid7_floor(((first at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
    end if;
  end loop;
end $$;
do $$
declare
  part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits
    where inhparent in ('transfers'::regclass, 'signatures'::regclass, 'audit'::regclass)
  loop
    execute format('alter table %s set (
      autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_freeze_min_age = 0)', part);
  end loop;
end $$;

-- Retention (docs/operate.md). How far each job has come, so that none looks at the same rows again for ever.
create table retention_marks (
  name text primary key,
  done_until timestamptz not null
);
-- Keys come in the order of time: a block range index finds the old ones and takes next to nothing.
create index idempotency_keys_age on idempotency_keys using brin (created_at) with (pages_per_range = 16);
create index kept_documents_due on kept_documents (keep_until) where deleted_at is null;
create index kept_documents_deleted on kept_documents (deleted_at) where deleted_at is not null;
grant select, insert, update on retention_marks to meterai_service;
grant delete on kept_documents to meterai_service;

-- Folds deltas of system accounts from before a moment into one row per ledger, kind and month: the sums stay what they are. At
-- most so many rows at once; answers by how many rows there are fewer now. Runs as the owner, since the service may not delete
-- from the ledger; safe in several processes at once: each takes rows that no other has.
create function fold_system_deltas(before timestamptz, rows_max int) returns int language sql
security definer set search_path = public, pg_temp as $$
  with oldest as (
    select id from system_deltas where created_at < before order by id limit rows_max for update skip locked
  ), gone as (
    delete from system_deltas d using oldest where d.id = oldest.id
    returning d.ledger, d.kind, d.debits_pending, d.debits_posted, d.credits_pending, d.credits_posted, d.created_at
  ), folded as (
    insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
    select ledger, kind, sum(debits_pending), sum(debits_posted), sum(credits_pending), sum(credits_posted), max(created_at)
    from gone group by ledger, kind, date_trunc('month', created_at at time zone 'UTC')
    returning 1
  )
  select ((select count(*) from gone) - (select count(*) from folded))::int
$$;
revoke execute on function fold_system_deltas(timestamptz, int) from public;
grant execute on function fold_system_deltas(timestamptz, int) to meterai_service;
