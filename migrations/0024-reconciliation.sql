-- The nightly comparison of payments: one process a night. Expands only: earlier versions go on working.

create table reconciliation (
  singleton boolean primary key default true check (singleton),
  -- When it is to be done next; while it is done, when whoever does it is thought dead.
  due_at timestamptz not null,
  -- What the last one found, and when: every process tells it.
  checked_at timestamptz,
  differences int not null default 0
);
insert into reconciliation (due_at) values ('-infinity');

grant select, update (due_at, checked_at, differences) on reconciliation to meterai_service;
