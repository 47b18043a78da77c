-- Which person reserved an affixing, so that what a member may use in a month can be counted. Expands only: earlier versions go on
-- working, and what they reserve is nobody's.

-- Null where a key reserved it. No foreign key: a stamp outlives whoever made it.
alter table affixings add column person_id uuid;
-- Nothing is added for the affixings of keys.
create index affixings_person on affixings (account_id, person_id, created_at) where person_id is not null;
