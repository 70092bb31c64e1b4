-- Records that cannot be stored, parked with reason and payload until the source mends them.

-- name: park
-- The same payload is parked once; meeting it again only says so.
insert into ploomes_sync.quarantine as q (payload_hash, ploomes_id, reason, detail, payload, run_id)
values (sha256(convert_to(%(payload)s, 'UTF8')), %(ploomes_id)s, %(reason)s, %(detail)s, %(payload)s, %(run_id)s)
on conflict (payload_hash) do update
set last_seen_at = now(), run_id = excluded.run_id, reason = excluded.reason, detail = excluded.detail
where q.run_id is distinct from excluded.run_id;

-- name: release
-- A product that could be stored has no business here any more; nor has an earlier version of a parked one.
delete from ploomes_sync.quarantine q where q.ploomes_id = any(%(ids)s);

-- name: release_older
delete from ploomes_sync.quarantine q
where q.ploomes_id = %(ploomes_id)s and q.payload_hash <> sha256(convert_to(%(payload)s, 'UTF8'));

-- name: release_unseen
-- A complete walk that did not meet a parked payload again proves that the source no longer holds it.
delete from ploomes_sync.quarantine q where q.last_seen_at < %(since)s;

-- name: count_parked
select count(*) as parked from ploomes_sync.quarantine q
where (%(reason)s::text is null or q.reason = %(reason)s) and (%(run_id)s::uuid is null or q.run_id = %(run_id)s);

-- name: list_parked
select q.id, q.ploomes_id, q.reason, q.detail, q.run_id, q.first_seen_at, q.last_seen_at
from ploomes_sync.quarantine q
order by q.id
limit %(limit)s;

-- name: page
select q.id, q.ploomes_id, q.reason, q.detail, q.run_id, q.first_seen_at, q.last_seen_at
from ploomes_sync.quarantine q
where q.id > %(after)s and (%(reason)s::text is null or q.reason = %(reason)s)
  and (%(run_id)s::uuid is null or q.run_id = %(run_id)s)
order by q.id
limit %(limit)s;

-- name: groups
-- Most frequent first, of all or of those that one run has met last.
select q.reason, count(*) as records, count(q.ploomes_id) as retryable, min(q.first_seen_at) as oldest_at,
       max(q.last_seen_at) as newest_at
from ploomes_sync.quarantine q
where %(run_id)s::uuid is null or q.run_id = %(run_id)s
group by q.reason
order by records desc, q.reason;

-- name: products
select distinct q.ploomes_id from ploomes_sync.quarantine q
where q.ploomes_id is not null and (%(ids)s::bigint[] is null or q.id = any(%(ids)s))
  and (%(reason)s::text is null or q.reason = %(reason)s)
order by q.ploomes_id
limit 1000;

-- name: parked
select q.id, q.ploomes_id, q.reason, q.detail, q.payload, q.run_id, q.first_seen_at, q.last_seen_at
from ploomes_sync.quarantine q where q.id = %(id)s;
