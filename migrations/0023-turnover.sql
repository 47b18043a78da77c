-- Statements read what moved a quota since a month began: stamps by their id, all else by this. No row of a stamp is in it.
create index transfers_other on transfers (account_id, created_at) where purpose not in ('affixing', 'release');
