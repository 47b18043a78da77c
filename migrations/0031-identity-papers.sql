-- Papers that say who an organisation is, kept as photos of identity cards are. Expands only: for earlier versions the photos are a table as
-- before, which is a view from now on; it goes a release later.

alter table identity_photos rename to identity_papers;
alter table identity_papers rename column photo_id to paper_id;
alter table identity_papers
  add column kind text not null default 'identity_card' check (kind in ('identity_card', 'nib', 'npwp', 'deed')),
  drop constraint identity_photos_registration_id_key,
  drop constraint identity_photos_account_id_key,
  drop constraint identity_photos_media_type_check,
  add constraint identity_papers_media_type_check check (media_type in ('image/jpeg', 'image/png', 'application/pdf')),
  add constraint identity_papers_registration unique (registration_id, kind),
  add constraint identity_papers_account unique (account_id, kind);
alter index identity_photos_unowned rename to identity_papers_unowned;
alter index identity_photos_unowned_bytes rename to identity_papers_unowned_bytes;
alter index identity_photos_due rename to identity_papers_due;

create view identity_photos as
  select paper_id as photo_id, registration_id, account_id, blob_sha256, media_type, delete_at, created_at, bytes
  from identity_papers where kind = 'identity_card';
grant select, insert, delete, update (registration_id, account_id, delete_at) on identity_photos to meterai_service;
