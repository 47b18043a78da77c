-- Affixings, their keys, serial numbers and signatures.

create table affixings (
  account_id uuid not null,
  affixing_id uuid not null,
  state text not null check (state in ('reserved', 'affixed', 'released')),
  ledger text not null check (ledger in ('stamps', 'specimens')),
  serial text not null check (serial ~ '^[0-9A-Z]{22}$'),
  source_sha256 bytea not null check (octet_length(source_sha256) = 32),
  page_count int not null check (page_count > 0),
  additional boolean not null,
  facts jsonb not null,
  recipe json not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Bound by the signature, or earlier while it waits for a timestamp.
  digest bytea check (octet_length(digest) = 32),
  -- When the server tries again to finish what waits for a timestamp.
  retry_at timestamptz,
  affixed_at timestamptz,
  released_at timestamptz,
  release_reason text check (release_reason in ('expired', 'cancelled', 'refused')),
  primary key (account_id, affixing_id),
  check ((state = 'affixed') = (affixed_at is not null)),
  check (state <> 'affixed' or digest is not null),
  check ((state = 'released') = (released_at is not null and release_reason is not null))
) partition by hash (account_id);

-- The same document twice; not unique: a document may carry several stamps on purpose.
create index affixings_source on affixings (account_id, source_sha256) where state <> 'released';
create index affixings_open on affixings (expires_at) where state = 'reserved';
create index affixings_waiting on affixings (retry_at) where state = 'reserved' and retry_at is not null;

-- A key remembers an effect: the affixing it made. A running upload holds a lease meanwhile.
create table idempotency_keys (
  account_id uuid not null,
  operation text not null check (operation in ('affixing', 'stamping')),
  key text not null,
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  affixing_id uuid,
  lease_owner uuid,
  lease_until timestamptz,
  created_at timestamptz not null,
  primary key (account_id, operation, key),
  check (affixing_id is not null or lease_owner is not null)
) partition by hash (account_id);

do $$
begin
  for i in 0..15 loop
    execute format('create table affixings_%s partition of affixings for values with (modulus 16, remainder %s) with (fillfactor = 80)', i, i);
    execute format('create table idempotency_keys_%s partition of idempotency_keys for values with (modulus 16, remainder %s)', i, i);
  end loop;
end $$;

-- The registry: every serial number ever given, in the same commit as its affixing.
create table serials (
  serial text primary key check (serial ~ '^[0-9A-Z]{22}$'),
  account_id uuid not null,
  affixing_id uuid not null
);

-- What many signatures share, once: certificates, OCSP answers, revocation lists; by SHA-256.
create table signature_materials (
  hash bytea primary key check (octet_length(hash) = 32),
  der bytea not null
);

-- A CMS without the materials inside it, and where each one goes back (byte offsets in `remainder`); then the validation data in the order written.
create table signatures (
  account_id uuid not null,
  affixing_id uuid not null,
  remainder bytea not null,
  cut_offsets int[] not null,
  cut_hashes bytea[] not null,
  certs bytea[] not null,
  ocsps bytea[] not null,
  crls bytea[] not null,
  primary key (account_id, affixing_id),
  check (cardinality(cut_offsets) = cardinality(cut_hashes))
) partition by range (affixing_id);
create table signatures_default partition of signatures default;
select make_month_partitions('signatures', now(), 4);

-- Room that signatures of a key were found to need.
create table signer_keys (
  signer_key_id text primary key,
  contents_bytes int not null check (contents_bytes > 0)
);

-- Files of the server way: prepared (original and first update, /Contents empty), by hash in the blob store.
create table kept_documents (
  account_id uuid not null,
  affixing_id uuid not null,
  prepared_sha256 bytea not null check (octet_length(prepared_sha256) = 32),
  layout json not null,
  keep_until timestamptz not null,
  deleted_at timestamptz,
  primary key (account_id, affixing_id)
);

grant select, insert on affixings, idempotency_keys, serials, signature_materials, signatures, signer_keys, kept_documents to meterai_service;
grant update (state, expires_at, digest, retry_at, affixed_at, released_at, release_reason) on affixings to meterai_service;
grant update (fingerprint, affixing_id, lease_owner, lease_until), delete on idempotency_keys to meterai_service;
grant update (contents_bytes) on signer_keys to meterai_service;
grant update (prepared_sha256, layout, keep_until, deleted_at) on kept_documents to meterai_service;
