-- Bounds on what people may have sent, and on what is kept of nobody. Expands only: earlier versions go on working.

-- Invitations of an account in a day, and to one receiver.
create index messages_invitations on messages (account_id, created_at) where template = 'invitation';
-- Codes go before everything else that waits.
create index messages_codes_due on messages (route, due_at) where due_at is not null and template = 'code';
