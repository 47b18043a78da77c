-- What a batch of affixings begins with, in one statement instead of three: the accounts' locks, the moment, and what their limits
-- are compared with. Expands only: earlier versions go on working.

create index quota_transfers_open on quota_transfers (account_id) where due_at is not null;

-- One row an account of in_account_ids: reservations open now, and those let go in this hour (UTC). `at` is the batch's moment, the
-- same in every row, read when the locks were ours. Planned once and by key, which the service's connections see to.
create function open_affixing_batch(in_account_ids uuid[])
returns table (account_id uuid, open bigint, releases int, at timestamptz) language plpgsql as $$
declare
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
  moment := database_now();
  return query select u.account_id, coalesce(q.held, 0) - coalesce(w.units, 0), coalesce(r.releases, 0), moment
  from unnest(in_account_ids) u(account_id)
  cross join lateral (
    select sum(a.debits_pending)::bigint as held from ledger_accounts a
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
