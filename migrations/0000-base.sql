-- The service's clock. Empty in every installation: only tests put a shift here, and all processes share it.
create table clock_offset (
  singleton boolean primary key default true check (singleton),
  milliseconds bigint not null
);

-- What the service calls now, in whole milliseconds, which is all that JavaScript's Date keeps.
create function database_now() returns timestamptz language sql volatile as $$
  select date_trunc('milliseconds', clock_timestamp())
    + coalesce((select milliseconds from clock_offset), 0) * interval '1 millisecond'
$$;
