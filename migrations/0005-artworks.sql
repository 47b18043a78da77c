-- The issuer's artworks in their normal form, by SHA-256: a recipe names the one its picture shows, so they are kept for ever.
create table artworks (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  drawing text not null,
  created_at timestamptz not null
);

grant select, insert on artworks to meterai_service;
