-- The ledger: double entry in two phases (pending; post or void), after TigerBeetle's model.
-- Every transfer has one customer account_id; its other leg is a system kind (a sum of deltas) or another kind of the same
-- account_id. Only src/ledger/ touches these tables, through apply_transfers.

create table ledger_accounts (
  account_id uuid not null,
  ledger text not null check (ledger in ('stamps', 'rupiah', 'specimens')),
  kind text not null check (kind in ('quota', 'refunding', 'debt')),
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  credits_pending bigint not null default 0 check (credits_pending >= 0),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  bound text not null default 'debits_must_not_exceed_credits'
    check (bound in ('debits_must_not_exceed_credits', 'credits_must_not_exceed_debits')),
  primary key (account_id, ledger, kind),
  -- Never below zero, whatever the code believes.
  constraint balance_never_below_zero check (
    case bound
      when 'debits_must_not_exceed_credits' then debits_pending + debits_posted <= credits_posted
      else credits_pending + credits_posted <= debits_posted
    end
  )
) partition by hash (account_id);

create table transfers (
  account_id uuid not null,
  id uuid not null,
  ledger text not null check (ledger in ('stamps', 'rupiah', 'specimens')),
  type text not null check (type in ('posted', 'pending', 'post_pending', 'void_pending')),
  debit text not null check (debit in ('quota', 'refunding', 'debt', 'treasury', 'sold', 'spent', 'transit')),
  credit text not null check (credit in ('quota', 'refunding', 'debt', 'treasury', 'sold', 'spent', 'transit')),
  amount bigint not null check (amount > 0),
  pending_id uuid check ((pending_id is not null) = (type in ('post_pending', 'void_pending'))),
  -- Why value moved, in one word: purchase, affixing, release, grant ...
  purpose text not null,
  created_at timestamptz not null,
  primary key (account_id, id),
  check (debit <> credit)
) partition by range (id);

-- The one row of a pending transfer that is written twice: it decides post or void.
create table pendings (
  account_id uuid not null,
  id uuid not null,
  outcome text check (outcome in ('posted', 'voided')),
  primary key (account_id, id)
) partition by hash (account_id);

-- System accounts are sums: each batch adds one row per ledger and kind, so no row is hot.
create table system_deltas (
  id bigint generated always as identity primary key,
  ledger text not null,
  kind text not null check (kind in ('treasury', 'sold', 'spent', 'transit')),
  debits_pending bigint not null,
  debits_posted bigint not null,
  credits_pending bigint not null,
  credits_posted bigint not null,
  created_at timestamptz not null
);

do $$
begin
  for i in 0..15 loop
    -- Balance rows are updated all day: half-empty pages keep the updates on their page (HOT), fixed thresholds keep vacuum steady.
    execute format(
      'create table ledger_accounts_%s partition of ledger_accounts for values with (modulus 16, remainder %s) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)',
      i, i);
    execute format(
      'create table pendings_%s partition of pendings for values with (modulus 16, remainder %s) with (fillfactor = 90)', i, i);
  end loop;
end $$;

-- The smallest UUIDv7 of a moment: a bound of a range partition.
create function uuid7_floor(moment timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- Makes the monthly partitions of a table ranged by UUIDv7, from `since` for `months` months. Owner's work; repeating is harmless.
create function make_month_partitions(parent text, since timestamptz, months int) returns void language plpgsql as $$
declare
  first timestamptz;
begin
  for i in 0 .. months - 1 loop
    first := (date_trunc('month', since at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
    if to_regclass(format('%s_%s', parent, to_char(first at time zone 'UTC', 'YYYYMM'))) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)',
        format('%s_%s', parent, to_char(first at time zone 'UTC', 'YYYYMM')), parent,
        uuid7_floor(first), uuid7_floor(((first at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
    end if;
  end loop;
end $$;

-- What no month has room for lands here and is never refused.
create table transfers_default partition of transfers default;
select make_month_partitions('transfers', now(), 4);

grant select, insert on ledger_accounts, transfers, pendings, system_deltas to meterai_service;
grant update (debits_pending, debits_posted, credits_pending, credits_posted) on ledger_accounts to meterai_service;
grant update (outcome) on pendings to meterai_service;

-- Applies a batch in order; each item gets its own answer and one bad item never fails its neighbours, but items of one
-- chain (same non-null chain, side by side) succeed or fail together.
-- Answers: ok | exists | differs (+ first field that differs) | exceeds_balance | account_unknown | pending_unknown |
-- pending_posted | pending_voided | chain_failed.
-- Locks: the touched balance rows by (account_id, ledger, kind). Statement 2 onwards sees what was committed before the lock was ours.
create function apply_transfers(
  in_account_ids uuid[], in_ids uuid[], in_ledgers text[], in_types text[], in_debits text[], in_credits text[],
  in_amounts bigint[], in_pending_ids uuid[], in_chains int[], in_purposes text[], in_at timestamptz
) returns table (ordinal int, result text, field text) language plpgsql as $$
declare
  n int := coalesce(array_length(in_ids, 1), 0);
  -- slots: every balance the batch may touch, customers' first, then the system's (from zero);
  -- dp dd cp cd: debits pending, debits posted, credits pending, credits posted
  slot_accounts uuid[]; slot_ledgers text[]; slot_kinds text[]; slot_bounds text[];
  slot_dp bigint[]; slot_dd bigint[]; slot_cp bigint[]; slot_cd bigint[];
  -- items, completed: a post or void takes ledger, kinds and amount from its pending transfer
  ledgers text[]; debits text[]; credits text[]; amounts bigint[];
  debit_slots int[]; credit_slots int[]; verdicts text[]; fields text[];
  -- earlier items of the batch: with the same id, deciding the same pending transfer, being that pending transfer
  twins int[]; rivals int[]; pending_items int[];
  twin int; rival int; i int; j int; chain_start int; d int; c int;
  pending_delta bigint; posted_delta bigint;
begin
  perform 1 from ledger_accounts a
    where (a.account_id, a.ledger) in (
      select u.account_id, coalesce(u.ledger, t.ledger) from unnest(in_account_ids, in_ledgers, in_pending_ids) u(account_id, ledger, pending_id)
      left join transfers t on u.ledger is null and t.account_id = u.account_id and t.id = u.pending_id)
    order by a.account_id, a.ledger, a.kind for update;

  with item as materialized (
    select u.nr::int, u.account_id, u.id, u.type, u.pending_id, u.chain,
      coalesce(p.ledger, b.ledger, u.ledger) as ledger, coalesce(p.debit, b.debit, u.debit) as debit,
      coalesce(p.credit, b.credit, u.credit) as credit, coalesce(p.amount, b.amount, u.amount) as amount,
      b.nr::int as pending_item, p.id is not null as pending_stored, g.outcome as pending_outcome, t.id is not null as stored,
      case
        when t.id is null then null
        when t.type <> u.type then 'type'
        when t.pending_id is distinct from u.pending_id then 'pending_id'
        when u.pending_id is not null then null
        when t.ledger <> u.ledger then 'ledger'
        when t.debit <> u.debit then 'debit'
        when t.credit <> u.credit then 'credit'
        when t.amount <> u.amount then 'amount'
      end as differs,
      lag(u.nr) over (partition by u.account_id, u.id order by u.nr)::int as twin,
      lag(u.nr) over (partition by u.account_id, u.pending_id order by u.nr)::int as rival
    from unnest(in_account_ids, in_ids, in_ledgers, in_types, in_debits, in_credits, in_amounts, in_pending_ids, in_chains)
      with ordinality u(account_id, id, ledger, type, debit, credit, amount, pending_id, chain, nr)
    left join transfers t on t.account_id = u.account_id and t.id = u.id
    left join transfers p on p.account_id = u.account_id and p.id = u.pending_id and p.type = 'pending'
    left join pendings g on g.account_id = u.account_id and g.id = u.pending_id
    left join lateral (
      -- The pending transfer may be an earlier item of this batch.
      select e.* from unnest(in_account_ids, in_ids, in_ledgers, in_types, in_debits, in_credits, in_amounts)
        with ordinality e(account_id, id, ledger, type, debit, credit, amount, nr)
      where p.id is null and u.pending_id is not null
        and e.account_id = u.account_id and e.id = u.pending_id and e.type = 'pending' and e.nr < u.nr
      order by e.nr desc limit 1
    ) b on true
  ), slot as materialized (
    select row_number() over (order by f.account_id nulls last, f.ledger, f.kind)::int as slot, f.* from (
      select a.account_id, a.ledger, a.kind, a.bound, a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted
      from ledger_accounts a where (a.account_id, a.ledger) in (select item.account_id, item.ledger from item)
      union all
      select distinct null::uuid, item.ledger, k.kind, null, 0::bigint, 0::bigint, 0::bigint, 0::bigint
      from item cross join (values ('treasury'), ('sold'), ('spent'), ('transit')) k(kind)
      where item.ledger is not null and k.kind in (item.debit, item.credit)
    ) f
  ), slots as (
    select array_agg(s.account_id order by s.slot) as accounts, array_agg(s.ledger order by s.slot) as ledgers,
      array_agg(s.kind order by s.slot) as kinds, array_agg(s.bound order by s.slot) as bounds,
      array_agg(s.debits_pending order by s.slot) as dp, array_agg(s.debits_posted order by s.slot) as dd,
      array_agg(s.credits_pending order by s.slot) as cp, array_agg(s.credits_posted order by s.slot) as cd
    from slot s
  ), judged as (
    select array_agg(x.ledger order by x.nr) as ledgers, array_agg(x.debit order by x.nr) as debits,
      array_agg(x.credit order by x.nr) as credits, array_agg(x.amount order by x.nr) as amounts,
      array_agg(ds.slot order by x.nr) as debit_slots, array_agg(cs.slot order by x.nr) as credit_slots,
      array_agg(case
        when x.differs is not null then 'differs'
        when x.stored then 'exists'
        when x.pending_id is not null and not x.pending_stored and x.pending_item is null then 'pending_unknown'
        when x.pending_outcome = 'posted' then 'pending_posted'
        when x.pending_outcome = 'voided' then 'pending_voided'
        when ds.slot is null or cs.slot is null then 'account_unknown'
      end order by x.nr) as verdicts,
      array_agg(x.differs order by x.nr) as fields, array_agg(x.twin order by x.nr) as twins,
      array_agg(x.rival order by x.nr) as rivals, array_agg(x.pending_item order by x.nr) as pending_items
    from item x
    left join slot ds on ds.ledger = x.ledger and ds.kind = x.debit and (ds.account_id is null or ds.account_id = x.account_id)
    left join slot cs on cs.ledger = x.ledger and cs.kind = x.credit and (cs.account_id is null or cs.account_id = x.account_id)
  )
  select slots.accounts, slots.ledgers, slots.kinds, slots.bounds, slots.dp, slots.dd, slots.cp, slots.cd,
    judged.ledgers, judged.debits, judged.credits, judged.amounts, judged.debit_slots, judged.credit_slots,
    judged.verdicts, judged.fields, judged.twins, judged.rivals, judged.pending_items
  into slot_accounts, slot_ledgers, slot_kinds, slot_bounds, slot_dp, slot_dd, slot_cp, slot_cd,
    ledgers, debits, credits, amounts, debit_slots, credit_slots, verdicts, fields, twins, rivals, pending_items
  from slots cross join judged;

  -- The running check, in the batch's order, in memory.
  i := 1;
  chain_start := 1;
  while i <= n loop
    if i = 1 or in_chains[i] is null or in_chains[i] is distinct from in_chains[i - 1] then chain_start := i; end if;
    twin := twins[i];
    while twin is not null and verdicts[twin] not in ('ok', 'exists') loop twin := twins[twin]; end loop;
    if twin is not null and coalesce(verdicts[i] not in ('exists', 'differs'), true) then
      -- The same id earlier in this batch: compared with that item as with a stored one.
      fields[i] := case
        when in_types[i] <> in_types[twin] then 'type'
        when in_pending_ids[i] is distinct from in_pending_ids[twin] then 'pending_id'
        when ledgers[i] <> ledgers[twin] then 'ledger'
        when debits[i] <> debits[twin] then 'debit'
        when credits[i] <> credits[twin] then 'credit'
        when amounts[i] <> amounts[twin] then 'amount'
      end;
      verdicts[i] := case when fields[i] is null then 'exists' else 'differs' end;
    end if;
    if verdicts[i] is null and in_pending_ids[i] is not null then
      j := pending_items[i];
      while j is not null and verdicts[j] <> 'ok' loop j := twins[j]; end loop;
      if pending_items[i] is not null and j is null then
        verdicts[i] := 'pending_unknown';
      else
        rival := rivals[i];
        while rival is not null and verdicts[rival] <> 'ok' loop rival := rivals[rival]; end loop;
        if rival is not null then
          verdicts[i] := case in_types[rival] when 'post_pending' then 'pending_posted' else 'pending_voided' end;
        end if;
      end if;
    end if;
    if verdicts[i] is null then
      d := debit_slots[i]; c := credit_slots[i];
      pending_delta := case in_types[i] when 'pending' then amounts[i] when 'posted' then 0 else -amounts[i] end;
      posted_delta := case when in_types[i] in ('posted', 'post_pending') then amounts[i] else 0 end;
      slot_dp[d] := slot_dp[d] + pending_delta;
      slot_dd[d] := slot_dd[d] + posted_delta;
      slot_cp[c] := slot_cp[c] + pending_delta;
      slot_cd[c] := slot_cd[c] + posted_delta;
      if (slot_bounds[d] = 'debits_must_not_exceed_credits' and slot_dp[d] + slot_dd[d] > slot_cd[d])
        or (slot_bounds[c] = 'credits_must_not_exceed_debits' and slot_cp[c] + slot_cd[c] > slot_dd[c])
      then
        slot_dp[d] := slot_dp[d] - pending_delta;
        slot_dd[d] := slot_dd[d] - posted_delta;
        slot_cp[c] := slot_cp[c] - pending_delta;
        slot_cd[c] := slot_cd[c] - posted_delta;
        verdicts[i] := 'exceeds_balance';
      else
        verdicts[i] := 'ok';
      end if;
    end if;
    if in_chains[i] is not null and verdicts[i] not in ('ok', 'exists') then
      -- All or none: take back what this chain did, and skip the rest of it.
      for j in chain_start .. i - 1 loop
        if verdicts[j] = 'ok' then
          d := debit_slots[j]; c := credit_slots[j];
          pending_delta := case in_types[j] when 'pending' then amounts[j] when 'posted' then 0 else -amounts[j] end;
          posted_delta := case when in_types[j] in ('posted', 'post_pending') then amounts[j] else 0 end;
          slot_dp[d] := slot_dp[d] - pending_delta;
          slot_dd[d] := slot_dd[d] - posted_delta;
          slot_cp[c] := slot_cp[c] - pending_delta;
          slot_cd[c] := slot_cd[c] - posted_delta;
          verdicts[j] := 'chain_failed';
        end if;
      end loop;
      while i < n and in_chains[i + 1] = in_chains[chain_start] loop
        i := i + 1;
        verdicts[i] := 'chain_failed';
      end loop;
    end if;
    i := i + 1;
  end loop;

  insert into transfers (account_id, id, ledger, type, debit, credit, amount, pending_id, purpose, created_at)
    select u.account_id, u.id, u.ledger, u.type, u.debit, u.credit, u.amount, u.pending_id, u.purpose, in_at
    from unnest(in_account_ids, in_ids, ledgers, in_types, debits, credits, amounts, in_pending_ids, in_purposes, verdicts)
      u(account_id, id, ledger, type, debit, credit, amount, pending_id, purpose, verdict)
    where u.verdict = 'ok';
  insert into pendings (account_id, id)
    select u.account_id, u.id from unnest(in_account_ids, in_ids, in_types, verdicts) u(account_id, id, type, verdict)
    where u.verdict = 'ok' and u.type = 'pending';
  update pendings g set outcome = case u.type when 'post_pending' then 'posted' else 'voided' end
    from unnest(in_account_ids, in_pending_ids, in_types, verdicts) u(account_id, pending_id, type, verdict)
    where u.verdict = 'ok' and u.pending_id is not null and g.account_id = u.account_id and g.id = u.pending_id;
  update ledger_accounts a
    set debits_pending = u.dp, debits_posted = u.dd, credits_pending = u.cp, credits_posted = u.cd
    from unnest(slot_accounts, slot_ledgers, slot_kinds, slot_dp, slot_dd, slot_cp, slot_cd)
      u(account_id, ledger, kind, dp, dd, cp, cd)
    where a.account_id = u.account_id and a.ledger = u.ledger and a.kind = u.kind
      and (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) is distinct from (u.dp, u.dd, u.cp, u.cd);
  insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
    select u.ledger, u.kind, u.dp, u.dd, u.cp, u.cd, in_at
    from unnest(slot_accounts, slot_ledgers, slot_kinds, slot_dp, slot_dd, slot_cp, slot_cd)
      u(account_id, ledger, kind, dp, dd, cp, cd)
    where u.account_id is null and (u.dp <> 0 or u.dd <> 0 or u.cp <> 0 or u.cd <> 0);

  return query select o.nr, verdicts[o.nr], fields[o.nr] from generate_series(1, n) o(nr);
end $$;
