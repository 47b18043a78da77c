-- Who did what to which thing. Append only: the service may insert and read, nobody changes.

create table audit (
  account_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  -- `key:<id>` for an API key, `system:<part>` for the service itself.
  actor text not null,
  action text not null,
  object_id text not null,
  detail jsonb not null default '{}',
  primary key (account_id, id)
) partition by range (id);
create table audit_default partition of audit default;
select make_month_partitions('audit', now(), 4);

grant select, insert on audit to meterai_service;
