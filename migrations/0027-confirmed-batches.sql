-- A batch that a person confirmed with their PIN: its documents need no authorization of their own. Expands only.

-- Null where no session opened it or let it pass, and for batches from before.
alter table batches add column confirmed_at timestamptz;
grant update (confirmed_at) on batches to meterai_service;
