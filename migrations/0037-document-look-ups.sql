-- How a company's document is found among its million stamps. Earlier versions go on: the new index serves them too.

-- The planner thinks in averages: where most accounts have one stamp, an account alone looks as good to it as an account and a document, and
-- the one company with a million stamps is walked through for each of its reservations. So it is told that a partition has two accounts:
-- when it counts, and (PostgreSQL 18 and newer) from now on, for plans are made long before the first count.
do $$
begin
  for i in 0..15 loop
    execute format('alter table affixings_%s alter column account_id set (n_distinct = 2)', i);
    if current_setting('server_version_num')::int >= 180000 then
      execute format(
        'select pg_restore_attribute_stats(%s, %L, %s, %L, %s, %L, %s, false, %s, 0::real, %s, 16, %s, 2::real)',
        '''schemaname''', current_schema(), '''relname''', 'affixings_' || i, '''attname''', 'account_id',
        '''inherited''', '''null_frac''', '''avg_width''', '''n_distinct''');
    end if;
  end loop;
end $$;
alter table batch_items alter column account_id set (n_distinct = 2);

-- Whoever asks for a document asks for what was let go of too: without that in the index a company's every stamp was looked at.
create index affixings_document on affixings (account_id, source_sha256);
drop index affixings_source;
