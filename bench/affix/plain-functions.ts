/**
 * The yardstick's two functions: one affixing's reservation and its charge, each one statement and so one transaction, with
 * the effects of the batched way on the same tables. The quota row is locked first, as there: whoever decides on an account's
 * affixings holds it. Plans are kept: for one of sixteen partitions the planner would make one anew for every call. A refusal raises its code and leaves nothing behind. Beside no load but the bench's own.
 */
export const plainFunctions = `
create or replace function bench_reserve(
  in_account uuid, in_id uuid, in_audit_id uuid, in_ledger text, in_key text, in_fingerprint bytea, in_serial text,
  in_source bytea, in_page_count int, in_additional boolean, in_facts jsonb, in_recipe json, in_actor text,
  in_object_id text, in_seconds int
) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  at timestamptz;
begin
  update ledger_accounts set debits_pending = debits_pending + 1
    where account_id = in_account and ledger = in_ledger and kind = 'quota'
      and debits_pending + debits_posted < credits_posted;
  if not found then raise exception 'quota_empty'; end if;
  at := database_now();
  if not in_additional then
    perform 1 from affixings where account_id = in_account and source_sha256 = in_source and state <> 'released' limit 1;
    if found then raise exception 'already_reserved'; end if;
  end if;
  insert into idempotency_keys (account_id, operation, key, fingerprint, affixing_id, created_at)
    values (in_account, 'affixing', in_key, in_fingerprint, in_id, at);
  insert into transfers (account_id, id, ledger, type, debit, credit, amount, purpose, created_at)
    values (in_account, in_id, in_ledger, 'pending', 'quota', 'spent', 1, 'affixing', at);
  insert into pendings (account_id, id) values (in_account, in_id);
  insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
    values (in_ledger, 'spent', 0, 0, 1, 0, at);
  insert into serials (serial, account_id, affixing_id) values (in_serial, in_account, in_id);
  insert into affixings (account_id, affixing_id, state, ledger, serial, source_sha256, page_count, additional, facts, recipe,
      created_at, expires_at)
    values (in_account, in_id, 'reserved', in_ledger, in_serial, in_source, in_page_count, in_additional, in_facts, in_recipe,
      at, at + in_seconds * interval '1 second');
  insert into audit (account_id, id, at, actor, action, object_id, detail)
    values (in_account, in_audit_id, at, in_actor, 'affixing.reserved', in_object_id, jsonb_build_object('serial', in_serial));
end $$;

create or replace function bench_post(
  in_account uuid, in_id uuid, in_post_id uuid, in_audit_id uuid, in_ledger text, in_digest bytea, in_actor text,
  in_object_id text, in_remainder bytea, in_cut_offsets int[], in_cut_hashes bytea[], in_certs bytea[], in_ocsps bytea[],
  in_crls bytea[]
) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  at timestamptz;
begin
  update ledger_accounts set debits_pending = debits_pending - 1, debits_posted = debits_posted + 1
    where account_id = in_account and ledger = in_ledger and kind = 'quota';
  at := database_now();
  update affixings set state = 'affixed', digest = in_digest, affixed_at = at, retry_at = null
    where account_id = in_account and affixing_id = in_id and state = 'reserved' and (digest is null or digest = in_digest);
  if not found then raise exception 'settled meanwhile'; end if;
  update pendings set outcome = 'posted' where account_id = in_account and id = in_id and outcome is null;
  if not found then raise exception 'pending_posted'; end if;
  insert into transfers (account_id, id, ledger, type, debit, credit, amount, pending_id, purpose, created_at)
    values (in_account, in_post_id, in_ledger, 'post_pending', 'quota', 'spent', 1, in_id, 'affixing', at);
  insert into system_deltas (ledger, kind, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
    values (in_ledger, 'spent', 0, 0, -1, 1, at);
  insert into signatures (account_id, affixing_id, remainder, cut_offsets, cut_hashes, certs, ocsps, crls)
    values (in_account, in_id, in_remainder, in_cut_offsets, in_cut_hashes, in_certs, in_ocsps, in_crls);
  insert into audit (account_id, id, at, actor, action, object_id)
    values (in_account, in_audit_id, at, in_actor, 'affixing.affixed', in_object_id);
end $$;
`
