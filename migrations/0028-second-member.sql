-- Orders above an account's sum wait for a second member, as batches do. Expands only: earlier versions go on working, and place their orders without it.

-- batch_rules holds the sum for both from now on. What would let more pass waits here for another owner, or, where there is none, for a day.
create table approval_rule_changes (
  account_id uuid primary key,
  -- Null: the rule is to end.
  above_rupiah bigint check (above_rupiah >= 0),
  asked_by text not null,
  asked_at timestamptz not null,
  -- When it holds by itself; null: once another owner confirms it.
  effective_at timestamptz
);
grant select, insert, delete on approval_rule_changes to meterai_service;

-- Who placed an order and who let it pass, as the audit names actors: never the same. Null for orders from before.
alter table orders add column made_by text, add column approved_by text, add check (approved_by <> made_by);
-- waiting_approval: no gateway knows of it; cancelled: nobody let it pass, and none ever will.
alter table orders drop constraint orders_state_check, drop constraint orders_check2,
  add constraint orders_state_check check (state in ('waiting_approval', 'waiting', 'paid', 'expired', 'replaced', 'cancelled')),
  add constraint orders_ended_check check ((state in ('waiting_approval', 'waiting')) = (ended_at is null));
create index orders_unended on orders (account_id) where ended_at is null;
create index orders_held_overdue on orders (expires_at) where state = 'waiting_approval';
grant update (approved_by, expires_at) on orders to meterai_service;
