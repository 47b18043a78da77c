-- Order and proof for the audit, given afterwards; events for those who subscribed; the oldest version that may run.
-- Expands only: versions before this one go on working, and what they write is put in order too.

-- Hot transactions write audit rows in no order. Which of them have no place in the chain yet stands here: one row for up to
-- fifty entries, in the same commit as they, taken away by the sequencer in the same commit as their places. So no entry can be
-- skipped, however late its transaction commits. The other way, everything below pg_snapshot_xmin, would wait for any
-- transaction of the whole cluster and lose its place when the database is restored elsewhere, where transaction numbers begin anew.
create table audit_unsequenced (
  id bigint generated always as identity primary key,
  account_ids uuid[] not null,
  ids uuid[] not null,
  check (cardinality(ids) = cardinality(account_ids) and cardinality(ids) > 0)
  -- Rows live for a tenth of a second: vacuum goes by their number, never by a share of an empty table.
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_threshold = -1);

-- The place of each entry: a number without gaps, and SHA-256 over the link before and the entry (src/audit/audit-chain.ts).
create table audit_chain (
  sequence bigint primary key check (sequence > 0),
  hash bytea not null check (octet_length(hash) = 32),
  account_id uuid not null,
  audit_id uuid not null
) partition by range (sequence);

-- The last link: one row, so that the next round finds it without asking every partition.
create table audit_head (
  singleton boolean primary key default true check (singleton),
  sequence bigint not null,
  hash bytea not null check (octet_length(hash) = 32)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
insert into audit_head (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));

-- This partition and the next two, of 100 million links (some ten GB) each. Owner's work; repeating is harmless. There is no
-- default partition: without room the sequencer waits, nothing is lost, and it goes on when there is room.
create function make_audit_chain_partitions() returns void language plpgsql as $$
declare
  size constant bigint := 100000000;
  part bigint;
begin
  for part in select generate_series(h.sequence / size, h.sequence / size + 2) from audit_head h loop
    if to_regclass(format('audit_chain_%s', part)) is null then
      execute format('create table %I partition of audit_chain for values from (%s) to (%s)',
        format('audit_chain_%s', part), part * size, (part + 1) * size);
    end if;
  end loop;
end $$;
select make_audit_chain_partitions();

-- Whoever writes audit rows, of whichever version, marks them: fifty to a row stay on its page.
create function mark_unsequenced() returns trigger language plpgsql as $$
begin
  insert into audit_unsequenced (account_ids, ids)
  select array_agg(f.account_id order by f.place), array_agg(f.id order by f.place)
  from (select account_id, id, row_number() over () as place from fresh) f
  group by (f.place - 1) / 50 order by (f.place - 1) / 50;
  return null;
end $$;
create trigger audit_marks_unsequenced after insert on audit
  referencing new table as fresh for each statement execute function mark_unsequenced();

-- Entries from before there was a chain.
insert into audit_unsequenced (account_ids, ids)
select array_agg(part.account_id order by part.id), array_agg(part.id order by part.id)
from (select a.account_id, a.id, (row_number() over (order by a.id) - 1) / 50 as part from audit a) part
group by part.part order by part.part;

-- An entry as bytes: two ids, microseconds since 1970 (8 bytes), then actor, action, object and detail in UTF-8, each after
-- its length in bytes (4). All numbers big-endian.
create function audit_bytes(account_id uuid, id uuid, at timestamptz, actor text, action text, object_id text, detail jsonb)
returns bytea language sql stable as $$
  select uuid_send(account_id) || uuid_send(id) || int8send((extract(epoch from at) * 1000000)::bigint)
    || int4send(octet_length(actor)) || convert_to(actor, 'UTF8') || int4send(octet_length(action)) || convert_to(action, 'UTF8')
    || int4send(octet_length(object_id)) || convert_to(object_id, 'UTF8')
    || int4send(octet_length(detail::text)) || convert_to(detail::text, 'UTF8')
$$;

-- Gives up to markers_max marks their places; answers how many entries got one. One process at a time: another one that asks
-- meanwhile gets 0 at once. The settings keep the way to each entry an index scan, also in a session whose plan was made when the
-- tables were empty. Takes no lock that a hot transaction waits for.
create function sequence_audit(markers_max int) returns int language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  number bigint; link bytea; entry record;
  numbers bigint[] := '{}'; links bytea[] := '{}'; accounts uuid[] := '{}'; entries uuid[] := '{}';
begin
  if not pg_try_advisory_xact_lock(7316880212) then return 0; end if;
  -- A statement of its own, so that it sees what the holder before us committed.
  select h.sequence, h.hash into strict number, link from audit_head h;
  for entry in
    with taken as (
      delete from audit_unsequenced m
      where m.id = any(array(select n.id from audit_unsequenced n order by n.id limit markers_max))
      returning m.id, m.account_ids, m.ids
    )
    select u.account_id, u.id, a.id is not null as found,
      audit_bytes(a.account_id, a.id, a.at, a.actor, a.action, a.object_id, a.detail) as bytes
    from taken t cross join lateral unnest(t.account_ids, t.ids) with ordinality u(account_id, id, place)
    left join audit a on a.account_id = u.account_id and a.id = u.id
    order by t.id, u.place
  loop
    -- Written in one commit with its mark, and nobody may delete: a broken promise, not a case.
    if not entry.found then raise exception 'audit entry % of account % is gone', entry.id, entry.account_id; end if;
    number := number + 1;
    link := sha256(link || int8send(number) || entry.bytes);
    numbers := numbers || number; links := links || link;
    accounts := accounts || entry.account_id; entries := entries || entry.id;
  end loop;
  if cardinality(numbers) = 0 then return 0; end if;
  insert into audit_chain (sequence, hash, account_id, audit_id)
  select u.sequence, u.hash, u.account_id, u.audit_id from unnest(numbers, links, accounts, entries) u(sequence, hash, account_id, audit_id);
  update audit_head set sequence = number, hash = link;
  return cardinality(numbers);
end $$;

-- Who wants which events of an account.
create table subscriptions (
  account_id uuid not null,
  event text not null check (event ~ '^[a-z_]+\.[a-z_]+$'),
  created_at timestamptz not null,
  primary key (account_id, event)
);

-- Events on their way, written with what they tell of, only where somebody subscribes; delivered ones are deleted. An event may
-- come twice and in any order: `version` of its object says which is newer. due_at is null once all tries are used up.
create table outbox (
  account_id uuid not null,
  id uuid not null,
  event text not null,
  object_id text not null,
  version int not null check (version > 0),
  detail jsonb not null,
  created_at timestamptz not null,
  tries int not null default 0,
  due_at timestamptz,
  primary key (account_id, id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index outbox_due on outbox (due_at) where due_at is not null;

-- The lowest schema number that a version of the service must know to run on this database. A migration that takes something
-- away (contract) raises it, in its own transaction: update schema_floor set number = 12;
create table schema_floor (
  singleton boolean primary key default true check (singleton),
  number int not null
);
insert into schema_floor (number) values (0);

grant select, insert, delete on audit_unsequenced to meterai_service;
grant select, insert on audit_chain to meterai_service;
grant select on audit_head to meterai_service;
grant update (sequence, hash) on audit_head to meterai_service;
grant select, insert, delete on subscriptions, outbox to meterai_service;
grant update (tries, due_at) on outbox to meterai_service;
grant select on schema_floor to meterai_service;
