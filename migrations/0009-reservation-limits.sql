-- How much an account may hold open and give back, and what an API key may spend. Expands only: earlier versions go on working.

-- Null: no limit of the key's own. The day ends at midnight in Jakarta.
alter table api_keys add column daily_limit int check (daily_limit > 0), add column open_limit int check (open_limit > 0);
grant update (daily_limit, open_limit) on api_keys to meterai_service;

-- Rows of these tables change only under their account's lock, so nobody waits for them.

-- Releases an account caused in one hour; one row an account, begun anew each hour.
create table release_counts (
  account_id uuid primary key,
  hour timestamptz not null,
  releases int not null
) with (fillfactor = 50);

-- Stamps a key with limits reserved in one day and did not give back; one row a key, begun anew each day.
create table key_counts (
  account_id uuid not null,
  key_id uuid not null,
  day date not null,
  reserved int not null,
  primary key (account_id, key_id)
) with (fillfactor = 50);

-- Open reservations of keys with limits; those affixed meanwhile go when the key is looked at next.
create table key_holds (
  account_id uuid not null,
  affixing_id uuid not null,
  key_id uuid not null,
  day date not null,
  primary key (account_id, affixing_id)
);
create index key_holds_key on key_holds (account_id, key_id);

grant select, insert, update on release_counts, key_counts to meterai_service;
grant select, insert, delete on key_holds to meterai_service;

-- The ledger's: units of quota that accounts hold for what is open; current where their locks are held. Planned once, by key, as in 0006.
create function held_units(in_account_ids uuid[]) returns table (account_id uuid, held bigint) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return query select u.account_id, coalesce(q.held, 0)
  from unnest(in_account_ids) u(account_id) cross join lateral (
    select sum(a.debits_pending)::bigint as held from ledger_accounts a
    where a.account_id = u.account_id and a.ledger in ('stamps', 'specimens') and a.kind = 'quota' offset 0
  ) q;
end $$;

-- What limits of accounts are compared with: reservations open now, and those let go in this hour.
create function reservation_counts(in_account_ids uuid[], in_hour timestamptz)
returns table (account_id uuid, open bigint, releases int) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return query select h.account_id, h.held, coalesce(q.releases, 0)
  from held_units(in_account_ids) h left join lateral (
    select r.releases from release_counts r where r.account_id = h.account_id and r.hour = in_hour offset 0
  ) q on true;
end $$;
