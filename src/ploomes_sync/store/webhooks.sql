-- Events become rows of products to fetch; rows are claimed for a while, never locked during a request.
-- An event touches one row; workers take theirs past each other: nobody waits in a circle.

-- name: note
-- Keeps one line about a message that asks for nothing.
insert into ploomes_sync.webhook_events (verdict, reason) values (%(verdict)s, %(reason)s);

-- name: enqueue
-- Due at once, unless events come so fast that one fetch can serve many, or this product has just been named: then the
-- first event opens a window and later ones fall into it. The first event after a fetch has begun opens a new one: it
-- may tell of something that the fetch no longer sees.
with noted as (
  insert into ploomes_sync.webhook_events (verdict, ploomes_id, change, webhook_id)
  values ('queued', %(ploomes_id)s, %(change)s, %(webhook_id)s)
)
insert into ploomes_sync.refresh_queue as q (ploomes_id, due_at)
select %(ploomes_id)s, clock_timestamp() + case
  when (select count(*) from (select from ploomes_sync.webhook_events e
                              where e.verdict = 'queued' and e.at > clock_timestamp() - make_interval(secs => %(window)s)
                              limit %(many)s) l) >= %(many)s
    or exists (select from ploomes_sync.webhook_events e
               where e.ploomes_id = %(ploomes_id)s and e.at > clock_timestamp() - make_interval(secs => %(window)s))
  then make_interval(secs => %(window)s) else interval '0' end
on conflict (ploomes_id) do update
set version = q.version + 1, last_at = clock_timestamp(),
    first_at = case when q.claimed_version = q.version then clock_timestamp() else q.first_at end,
    due_at = case when q.claimed_version = q.version then excluded.due_at else q.due_at end
returning q.version > 1 as coalesced;

-- name: claim
with due as (
  select q.ploomes_id from ploomes_sync.refresh_queue q
  where q.due_at <= clock_timestamp() and coalesce(q.claimed_until, '-infinity') < clock_timestamp()
  order by q.due_at, q.ploomes_id
  limit %(limit)s
  for update skip locked
)
update ploomes_sync.refresh_queue q
set claim = %(claim)s, claimed_version = q.version,
    claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
from due where q.ploomes_id = due.ploomes_id
returning q.ploomes_id;

-- name: keep
update ploomes_sync.refresh_queue q
set claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
where q.claim = %(claim)s;

-- name: done
-- Takes away what no event has named since the fetch began.
delete from ploomes_sync.refresh_queue q where q.claim = %(claim)s and q.version = q.claimed_version;

-- name: release
-- What is left of a claim waits for another fetch.
update ploomes_sync.refresh_queue q
set claim = null, claimed_version = null, claimed_until = null, failures = 0, error = null
where q.claim = %(claim)s;

-- name: postpone
-- The wait doubles with each failure in a row and is at least what Ploomes asked for.
update ploomes_sync.refresh_queue q
set claim = null, claimed_version = null, claimed_until = null, failures = q.failures + 1, error = %(error)s,
    due_at = clock_timestamp() + make_interval(secs => greatest(
      least(%(first_wait)s * power(2::float8, least(q.failures, 30)), %(longest_wait)s), %(least_wait)s))
where q.claim = %(claim)s;

-- name: abandon
-- Runs for webhooks that nobody works on: their products are still in the queue and get a new run, so that nobody
-- shall resume these. A run that has just been made and not yet claimed is left alone.
update ploomes_sync.runs r
set status = 'failed', finished_at = clock_timestamp(), lease_until = null,
    error = coalesce(r.error, 'It was cut short; its products are fetched by another run.')
where r.request ->> 'origin' = %(origin)s and r.status in ('queued', 'running')
  and (r.status = 'queued' and r.attempt > 0 and r.lease_until is null
       or r.status = 'running' and r.lease_until < clock_timestamp());

-- name: forget_events
delete from ploomes_sync.webhook_events e where e.at < clock_timestamp() - make_interval(days => %(days)s);

-- name: queue
select count(*) as waiting, count(*) filter (where q.claimed_until > clock_timestamp()) as being_fetched,
       count(*) filter (where q.failures > 0) as failing, coalesce(sum(q.version), 0)::bigint as events,
       extract(epoch from clock_timestamp() - min(q.first_at))::float8 as oldest_seconds, max(q.error) as error
from ploomes_sync.refresh_queue q;

-- name: received
select e.verdict, count(*) as events, max(e.at) as last_at
from ploomes_sync.webhook_events e group by e.verdict order by e.verdict;

-- name: received_since
-- By what became of them and by what they told of; those that ask for nothing tell of no change.
select e.verdict, coalesce(e.change, '') as change, count(*) as events, max(e.at) as last_at
from ploomes_sync.webhook_events e
where e.at >= %(since)s
group by e.verdict, e.change
order by events desc, e.verdict, e.change;

-- name: settings
select s.callback_url from ploomes_sync.webhook_settings s;

-- name: registrations
select r.webhook_id, r.callback_url from ploomes_sync.webhook_registrations r order by r.action_id;

-- name: key_hashes
select k.key_hash from ploomes_sync.webhook_keys k;

-- name: save_callback
insert into ploomes_sync.webhook_settings as s (id, callback_url) values ('account', %(callback_url)s)
on conflict (id) do update set callback_url = excluded.callback_url
where s.callback_url <> excluded.callback_url;

-- name: save_key
insert into ploomes_sync.webhook_keys (key_hash) values (%(key_hash)s) on conflict do nothing;

-- name: save_registration
insert into ploomes_sync.webhook_registrations as r (action_id, webhook_id, callback_url)
values (%(action_id)s, %(webhook_id)s, %(callback_url)s)
on conflict (action_id) do update
set webhook_id = excluded.webhook_id, callback_url = excluded.callback_url, registered_at = clock_timestamp()
where (r.webhook_id, r.callback_url) <> (excluded.webhook_id, excluded.callback_url);

-- name: forget_keys
-- Keys that no webhook holds any more; a young one may be on its way to Ploomes from another process.
delete from ploomes_sync.webhook_keys k
where k.key_hash <> all(%(kept)s::text[]) and k.made_at < clock_timestamp() - interval '1 day';

-- name: forget_all
with settings as (delete from ploomes_sync.webhook_settings),
     registrations as (delete from ploomes_sync.webhook_registrations)
delete from ploomes_sync.webhook_keys;
