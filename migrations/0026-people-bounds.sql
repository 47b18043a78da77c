-- Bounds on what people may have sent, and on what is kept of nobody. Expands only: earlier versions go on working.

-- Invitations of an account in a day, and to one receiver.
create index messages_invitations on messages (account_id, created_at) where template = 'invitation';
-- Codes go before everything else that waits.
create index messages_codes_due on messages (route, due_at) where due_at is not null and template = 'code';

-- How much room a picture takes, sealed; those from before count as the largest.
alter table identity_photos add column bytes int not null default 5242880 check (bytes > 0);
create index identity_photos_unowned_bytes on identity_photos (photo_id) include (bytes) where account_id is null;

-- A PIN goes with its person.
grant delete on pins to meterai_service;
delete from pins where person_id in (select person_id from people where closed_at is not null);

-- A registration lasts a day, and longer once a contact is proven.
grant update (expires_at) on registrations to meterai_service;
