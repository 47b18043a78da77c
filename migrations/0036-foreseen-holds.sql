-- A batch of affixings learns with its locks what is available too, so that what follows of its holds need not wait for the ledger's
-- answer. Expands only: earlier versions go on with open_affixing_batch.

-- As open_affixing_batch; and what quota is available, which stays so until this transaction changes it, for the rows are locked; and how
-- long the locks were waited for.
create function open_affixings(in_account_ids uuid[])
returns table (account_id uuid, open bigint, stamps bigint, specimens bigint, releases int, waited_ms float8, at timestamptz) language plpgsql as $$
declare
  asked constant timestamptz := clock_timestamp();
  waited float8;
  moment timestamptz;
begin
  -- as lock_accounts
  if cardinality(in_account_ids) = 1 then
    perform 1 from ledger_accounts a where a.account_id = in_account_ids[1] order by a.ledger, a.kind for update of a;
  else
    perform 1
    from (select distinct u.account_id from unnest(in_account_ids) u(account_id) order by u.account_id) k
    cross join lateral (
      select 1 from ledger_accounts a where a.account_id = k.account_id order by a.ledger, a.kind for update of a
    ) locked;
  end if;
  waited := extract(epoch from clock_timestamp() - asked) * 1000;
  moment := database_now();
  return query select u.account_id, coalesce(q.held, 0) - coalesce(w.units, 0), coalesce(q.stamps, 0), coalesce(q.specimens, 0),
    coalesce(r.releases, 0), waited, moment
  from unnest(in_account_ids) u(account_id)
  cross join lateral (
    select sum(a.debits_pending)::bigint as held,
      sum(a.credits_posted - a.debits_posted - a.debits_pending) filter (where a.ledger = 'stamps')::bigint as stamps,
      sum(a.credits_posted - a.debits_posted - a.debits_pending) filter (where a.ledger = 'specimens')::bigint as specimens
    from ledger_accounts a
    where a.account_id = u.account_id and a.ledger in ('stamps', 'specimens') and a.kind = 'quota' offset 0
  ) q
  -- quota on its way to another account is held too, and is no reservation
  cross join lateral (
    select sum(t.quantity) as units from quota_transfers t
    where t.account_id = u.account_id and t.due_at is not null offset 0
  ) w
  left join lateral (
    select c.releases from release_counts c
    where c.account_id = u.account_id and c.hour = date_trunc('hour', moment, 'UTC') offset 0
  ) r on true;
end $$;
