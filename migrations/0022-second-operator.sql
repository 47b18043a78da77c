-- A higher credit limit takes two operators. Expands only: earlier versions go on working.

-- What one operator asked for and another has not confirmed yet; gone once it is set.
create table credit_limit_requests (
  account_id uuid primary key references account_holders (account_id),
  limit_units int not null check (limit_units >= 0),
  asked_by text not null,
  asked_at timestamptz not null
);

grant select, insert, delete, update (limit_units, asked_by, asked_at) on credit_limit_requests to meterai_service;
