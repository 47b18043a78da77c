-- Money that comes for an order of an account that was closed meanwhile goes back. Expands only: earlier versions go on crediting it.

alter table refund_cases drop constraint refund_cases_reason_check,
  add constraint refund_cases_reason_check
  check (reason in ('paid_twice', 'wrong_amount', 'order_replaced', 'account_closed', 'quota_returned'));

-- Whom to tell of it: the contact of who closed the account, sealed, where an order of theirs could still be paid.
create table late_money_contacts (
  account_id uuid primary key,
  contact bytea not null,
  created_at timestamptz not null
);
create index late_money_contacts_created on late_money_contacts (created_at);
grant select, insert, delete on late_money_contacts to meterai_service;
