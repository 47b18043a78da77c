-- By which contact a person hears of what is no matter of security. Expands only: earlier versions go on telling as they did.

-- No row: by e-mail where there is one, else by WhatsApp. An empty list: not at all.
create table notice_choices (
  person_id uuid not null references people (person_id),
  topic text not null check (topic in ('purchases', 'batches', 'identity', 'webhooks')),
  routes text[] not null check (routes <@ array['email', 'whatsapp']),
  primary key (person_id, topic)
);
grant select, insert, delete on notice_choices to meterai_service;
grant update (routes) on notice_choices to meterai_service;
