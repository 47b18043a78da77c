-- The ledger's two functions, several times as fast: the same law, the same answers.
-- Plans: made once for a batch of any size, the same for an empty table and for one of a billion rows. Each row is reached by
-- its primary key in its one partition, because the planner is left no other way: a lateral look-up for each item of the
-- batch (offset 0 keeps it one), and no scan without a key. Old statistics have no say, and no batch waits for planning.

-- Locks accounts, each as a whole: all its balance rows, by (account_id, ledger, kind), until the transaction ends.
-- Whoever holds an account so never waits for another balance of it.
create function lock_accounts(in_account_ids uuid[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  perform 1
  from (select distinct u.account_id from unnest(in_account_ids) u(account_id) order by u.account_id) k
  cross join lateral (
    select 1 from ledger_accounts a where a.account_id = k.account_id order by a.ledger, a.kind for update of a
  ) locked;
end $$;

-- apply_transfers, in 0001's words. Applies a batch in order; each item gets its own answer and one bad item never fails its
-- neighbours, but items of one chain (same non-null chain, side by side) succeed or fail together.
-- Answers: ok | exists | differs (+ first field that differs) | exceeds_balance | account_unknown | pending_unknown |
-- pending_posted | pending_voided | chain_failed.
-- Locks: as lock_accounts. What is read after it was committed before the locks were ours.
create or replace function apply_transfers(
  in_account_ids uuid[], in_ids uuid[], in_ledgers text[], in_types text[], in_debits text[], in_credits text[],
  in_amounts bigint[], in_pending_ids uuid[], in_chains int[], in_purposes text[], in_at timestamptz
) returns table (ordinal int, result text, field text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_indexscan = on
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  n int := coalesce(array_length(in_ids, 1), 0);
  has_holds boolean := 'pending' = any(in_types);
  has_ends boolean := 'post_pending' = any(in_types) or 'void_pending' = any(in_types);
  -- slots: every balance the batch may touch: customers' first, by account, then the system's twelve (from zero);
  -- dp dd cp cd: debits pending, debits posted, credits pending, credits posted
  system_ledgers constant text[] := '{stamps,rupiah,specimens}';
  system_kinds constant text[] := '{treasury,sold,spent,transit}';
  slot_numbers int[]; slot_accounts uuid[]; slot_ledgers text[]; slot_kinds text[]; slot_bounds text[];
  slot_dp bigint[]; slot_dd bigint[]; slot_cp bigint[]; slot_cd bigint[];
  customer_slots int; first_slots int[]; touched boolean[];
  -- items, completed: a post or void takes ledger, kinds and amount from its pending transfer
  ledgers text[] := in_ledgers; debits text[] := in_debits; credits text[] := in_credits; amounts bigint[] := in_amounts;
  account_numbers int[]; debit_slots int[]; credit_slots int[]; verdicts text[]; fields text[];
  -- earlier items of the batch: with the same id, deciding the same pending transfer
  twins int[]; rivals int[]; outcomes text[];
  twin int; rival int; i int; j int; chain_start int; d int; c int;
  pending_delta bigint; posted_delta bigint;
begin
  if n = 0 then return; end if;
  select array_agg(s.number), array_agg(s.account_id), array_agg(s.ledger), array_agg(s.kind), array_agg(s.bound),
      array_agg(s.debits_pending), array_agg(s.debits_posted), array_agg(s.credits_pending), array_agg(s.credits_posted)
    into slot_numbers, slot_accounts, slot_ledgers, slot_kinds, slot_bounds, slot_dp, slot_dd, slot_cp, slot_cd
    from (
      select k.number, a.* from (
        select u.account_id, row_number() over (order by u.account_id)::int as number
        from (select distinct account_id from unnest(in_account_ids) e(account_id)) u
        order by account_id
      ) k cross join lateral (
        select a.* from ledger_accounts a where a.account_id = k.account_id order by a.ledger, a.kind for update of a
      ) a
    ) s;
  customer_slots := coalesce(array_length(slot_numbers, 1), 0);
  first_slots := array_fill(null::int, array[n]);
  for s in reverse customer_slots .. 1 loop first_slots[slot_numbers[s]] := s; end loop;
  slot_dp := slot_dp || array_fill(0::bigint, array[12]);
  slot_dd := slot_dd || array_fill(0::bigint, array[12]);
  slot_cp := slot_cp || array_fill(0::bigint, array[12]);
  slot_cd := slot_cd || array_fill(0::bigint, array[12]);

  -- A new statement sees what was committed before the locks were ours.
  select array_agg(x.number order by x.nr), array_agg(x.twin order by x.nr), array_agg(x.differs order by x.nr),
      array_agg(case when x.differs is not null then 'differs' when x.stored then 'exists' end order by x.nr)
    into account_numbers, twins, fields, verdicts
    from (
      select u.nr, t.id is not null as stored,
        dense_rank() over (order by u.account_id)::int as number,
        lag(u.nr) over (partition by u.account_id, u.id order by u.nr)::int as twin,
        case
          when t.id is null then null
          when t.type <> u.type then 'type'
          when t.pending_id is distinct from u.pending_id then 'pending_id'
          when u.pending_id is not null then null
          when t.ledger <> u.ledger then 'ledger'
          when t.debit <> u.debit then 'debit'
          when t.credit <> u.credit then 'credit'
          when t.amount <> u.amount then 'amount'
        end as differs
      from unnest(in_account_ids, in_ids, in_ledgers, in_types, in_debits, in_credits, in_amounts, in_pending_ids)
        with ordinality u(account_id, id, ledger, type, debit, credit, amount, pending_id, nr)
      left join lateral (select t.* from transfers t where t.account_id = u.account_id and t.id = u.id offset 0) t on true
    ) x;
  if has_ends then
    select array_agg(coalesce(x.held_ledger, x.ledger) order by x.nr), array_agg(coalesce(x.held_debit, x.debit) order by x.nr),
        array_agg(coalesce(x.held_credit, x.credit) order by x.nr), array_agg(coalesce(x.held_amount, x.amount) order by x.nr),
        array_agg(x.rival order by x.nr), array_agg(x.outcome order by x.nr)
      into ledgers, debits, credits, amounts, rivals, outcomes
      from (
        select u.*, p.ledger as held_ledger, p.debit as held_debit, p.credit as held_credit, p.amount as held_amount, g.outcome,
          lag(u.nr) over (partition by u.account_id, u.pending_id order by u.nr)::int as rival
        from unnest(in_account_ids, in_ledgers, in_debits, in_credits, in_amounts, in_pending_ids)
          with ordinality u(account_id, ledger, debit, credit, amount, pending_id, nr)
        left join lateral (select p.* from transfers p where p.account_id = u.account_id and p.id = u.pending_id and p.type = 'pending' offset 0) p on true
        left join lateral (select g.* from pendings g where g.account_id = u.account_id and g.id = u.pending_id offset 0) g on true
      ) x;
  end if;

  -- The running check, in the batch's order, in memory.
  debit_slots := array_fill(null::int, array[n]);
  credit_slots := array_fill(null::int, array[n]);
  i := 1;
  chain_start := 1;
  while i <= n loop
    if i = 1 or in_chains[i] is null or in_chains[i] is distinct from in_chains[i - 1] then chain_start := i; end if;
    twin := twins[i];
    if twin is not null and verdicts[i] is null then
      -- What repeated an item that its chain took back is not there either: only an item that was done counts.
      while twin is not null and verdicts[twin] <> 'ok' loop twin := twins[twin]; end loop;
      if twin is not null then
        -- The same id earlier in this batch: compared with that item as with a stored one.
        fields[i] := case
          when in_types[i] <> in_types[twin] then 'type'
          when in_pending_ids[i] is distinct from in_pending_ids[twin] then 'pending_id'
          when in_pending_ids[i] is not null then null
          when in_ledgers[i] <> in_ledgers[twin] then 'ledger'
          when in_debits[i] <> in_debits[twin] then 'debit'
          when in_credits[i] <> in_credits[twin] then 'credit'
          when in_amounts[i] <> in_amounts[twin] then 'amount'
        end;
        verdicts[i] := case when fields[i] is null then 'exists' else 'differs' end;
      end if;
    end if;
    if verdicts[i] is null and in_pending_ids[i] is not null then
      if ledgers[i] is null then
        -- Not stored: it may be an earlier item of this batch that was done.
        j := array_position(in_ids, in_pending_ids[i]);
        while j < i and not (verdicts[j] = 'ok' and in_types[j] = 'pending' and in_account_ids[j] = in_account_ids[i]) loop
          j := array_position(in_ids, in_pending_ids[i], j + 1);
        end loop;
        if j < i then
          ledgers[i] := ledgers[j]; debits[i] := debits[j]; credits[i] := credits[j]; amounts[i] := amounts[j];
        else
          verdicts[i] := 'pending_unknown';
        end if;
      end if;
      rival := rivals[i];
      while rival is not null and verdicts[rival] <> 'ok' loop rival := rivals[rival]; end loop;
      if rival is not null and verdicts[i] is null then
        verdicts[i] := case in_types[rival] when 'post_pending' then 'pending_posted' else 'pending_voided' end;
      elsif outcomes[i] is not null then
        verdicts[i] := 'pending_' || outcomes[i];
      end if;
    end if;
    if verdicts[i] is null then
      -- Where its two legs lie: a system kind has its place, a customer's is one of its account's few slots.
      d := customer_slots + 4 * array_position(system_ledgers, ledgers[i]) - 4 + array_position(system_kinds, debits[i]);
      if d is null then
        d := first_slots[account_numbers[i]];
        while slot_numbers[d] = account_numbers[i] and not (slot_ledgers[d] = ledgers[i] and slot_kinds[d] = debits[i]) loop d := d + 1; end loop;
        if slot_numbers[d] is distinct from account_numbers[i] then verdicts[i] := 'account_unknown'; end if;
      end if;
      c := customer_slots + 4 * array_position(system_ledgers, ledgers[i]) - 4 + array_position(system_kinds, credits[i]);
      if c is null then
        c := first_slots[account_numbers[i]];
        while slot_numbers[c] = account_numbers[i] and not (slot_ledgers[c] = ledgers[i] and slot_kinds[c] = credits[i]) loop c := c + 1; end loop;
        if slot_numbers[c] is distinct from account_numbers[i] then verdicts[i] := 'account_unknown'; end if;
      end if;
    end if;
    if verdicts[i] is null then
      debit_slots[i] := d;
      credit_slots[i] := c;
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
  if has_holds then
    insert into pendings (account_id, id)
      select u.account_id, u.id from unnest(in_account_ids, in_ids, in_types, verdicts) u(account_id, id, type, verdict)
      where u.verdict = 'ok' and u.type = 'pending';
  end if;
  -- An update cannot look up laterally; among scans only a bitmap's needs a key, so here it is the one allowed.
  perform set_config('enable_indexscan', 'off', true);
  if has_ends then
    update pendings g set outcome = case u.type when 'post_pending' then 'posted' else 'voided' end
      from unnest(in_account_ids, in_pending_ids, in_types, verdicts) u(account_id, pending_id, type, verdict)
      where u.verdict = 'ok' and u.pending_id is not null and g.account_id = u.account_id and g.id = u.pending_id;
  end if;
  update ledger_accounts a
    set debits_pending = u.dp, debits_posted = u.dd, credits_pending = u.cp, credits_posted = u.cd
    from unnest(slot_accounts, slot_ledgers, slot_kinds, slot_dp, slot_dd, slot_cp, slot_cd)
      u(account_id, ledger, kind, dp, dd, cp, cd)
    where a.account_id = u.account_id and a.ledger = u.ledger and a.kind = u.kind
      and (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) is distinct from (u.dp, u.dd, u.cp, u.cd);
  insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
    select system_ledgers[(o.nr - 1) / 4 + 1], system_kinds[(o.nr - 1) % 4 + 1], slot_dp[o.slot], slot_dd[o.slot], slot_cp[o.slot], slot_cd[o.slot], in_at
    from (select nr, customer_slots + nr as slot from generate_series(1, 12) nr) o
    where slot_dp[o.slot] <> 0 or slot_dd[o.slot] <> 0 or slot_cp[o.slot] <> 0 or slot_cd[o.slot] <> 0;

  return query select o.nr::int, o.verdict, o.field from unnest(verdicts, fields) with ordinality o(verdict, field, nr);
end $$;
