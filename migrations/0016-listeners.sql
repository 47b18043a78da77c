-- Listeners: who asks for an account's events for a while, as developers do. Expands only: earlier versions go on working.

-- Live until expires_at, which every question moves on: nobody has to end one.
create table event_listeners (
  account_id uuid not null,
  listener_id uuid not null,
  events text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (account_id, listener_id)
);
create index event_listeners_old on event_listeners (expires_at);

-- One event for one listener until it is told. An event that comes twice is one message.
create table listener_messages (
  account_id uuid not null,
  listener_id uuid not null,
  message_id uuid not null,
  event_id uuid not null,
  event text not null,
  body text not null,
  primary key (account_id, listener_id, message_id),
  unique (account_id, listener_id, event_id),
  foreign key (account_id, listener_id) references event_listeners (account_id, listener_id) on delete cascade
);

grant select, insert, delete on event_listeners, listener_messages to meterai_service;
grant update (expires_at) on event_listeners to meterai_service;
