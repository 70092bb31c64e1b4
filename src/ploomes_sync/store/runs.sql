-- Runs: history, lease, cursors and watermark in one place.

-- name: serialise
-- Whoever makes, plans or reopens a run waits here for the others, until the transaction ends.
select pg_advisory_xact_lock(hashtextextended('ploomes_sync.runs', 0));

-- name: create
insert into ploomes_sync.runs (id, request) values (%(id)s, %(request)s) returning *;

-- name: create_claimed
-- Made and claimed in one, so that nobody else begins it.
insert into ploomes_sync.runs (id, request, status, lease_owner, lease_until, attempt, started_at)
values (%(id)s, %(request)s, 'running', %(owner)s, clock_timestamp() + make_interval(secs => %(lease)s), 1,
        clock_timestamp())
returning *;

-- name: open_runs
select r.* from ploomes_sync.runs r where r.status in ('queued', 'running') order by r.created_at;

-- name: keep_key
insert into ploomes_sync.run_keys (origin, key, run_id, request)
values (%(origin)s, %(key)s, %(run_id)s, %(request)s);

-- name: find_key
select k.run_id, k.request from ploomes_sync.run_keys k where k.origin = %(origin)s and k.key = %(key)s;

-- name: plan
-- Finds no row when the lease is lost, or when another covering run is open.
update ploomes_sync.runs r
set plan = %(plan)s, strategy = %(strategy)s, reason = %(reason)s, covering = %(covering)s,
    complete = %(complete)s, watermark = %(watermark)s
where r.id = %(id)s and r.lease_owner = %(owner)s and r.status = 'running' and r.plan is null
  and not (%(covering)s and exists (
    select from ploomes_sync.runs o where o.covering and o.status in ('queued', 'running')))
returning *;

-- name: open_covering
select r.* from ploomes_sync.runs r where r.covering and r.status in ('queued', 'running') limit 1;

-- name: resumable
-- The oldest run that was begun and whose owner is gone; those that keep failing come last, and not too often.
select r.* from ploomes_sync.runs r
where r.status in ('queued', 'running') and coalesce(r.lease_until, '-infinity') < clock_timestamp()
  and r.attempt > 0 and coalesce(r.resume_after, '-infinity') <= clock_timestamp()
order by r.failures, r.created_at
limit 1;

-- name: is_free
-- Whether nobody works on this open run.
select exists (
  select from ploomes_sync.runs r
  where r.id = %(id)s and r.status in ('queued', 'running')
    and coalesce(r.lease_until, '-infinity') < clock_timestamp()
) as free;

-- name: find
select r.* from ploomes_sync.runs r where r.id = %(id)s;

-- name: claim
-- Takes a run that nobody holds; a lease that ran out counts as nobody, and its owner's death as a failure.
update ploomes_sync.runs r
set status = 'running', lease_owner = %(owner)s, attempt = r.attempt + 1,
    failures = r.failures + (r.status = 'running')::integer,
    lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = coalesce(r.started_at, clock_timestamp())
where r.id = %(id)s and r.status in ('queued', 'running')
  and coalesce(r.lease_until, '-infinity') < clock_timestamp()
returning *;

-- name: advance
-- Adds what a page did and renews the lease; finds no row when another process holds the run.
update ploomes_sync.runs r
set lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    requests = r.requests + %(requests)s, retries = r.retries + %(retries)s, pages = r.pages + %(pages)s,
    fetched = r.fetched + %(fetched)s, inserted = r.inserted + %(inserted)s, updated = r.updated + %(updated)s,
    unchanged = r.unchanged + %(unchanged)s, deleted = r.deleted + %(deleted)s,
    restored = r.restored + %(restored)s, rejected = r.rejected + %(rejected)s, stale = r.stale + %(stale)s,
    errors = %(errors)s, failures = case when %(pages)s > 0 then 0 else r.failures end
where r.id = %(id)s and r.lease_owner = %(owner)s and r.status = 'running'
returning r.id;

-- name: renew
update ploomes_sync.runs r
set lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
where r.id = %(id)s and r.lease_owner = %(owner)s and r.status = 'running'
returning r.id;

-- name: release
-- Gives the run back: whoever comes next resumes it at once, or after a pause that doubles with each failure.
update ploomes_sync.runs r
set status = 'queued', lease_owner = null, lease_until = null, error = %(error)s,
    failures = r.failures + (%(error)s::text is not null)::integer,
    resume_after = case when %(error)s::text is null then r.resume_after else clock_timestamp()
      + make_interval(secs => least(%(longest_pause)s, %(first_pause)s * 2.0 ^ least(r.failures, 30))) end
where r.id = %(id)s and r.lease_owner = %(owner)s and r.status = 'running';

-- name: finish
update ploomes_sync.runs r
set status = %(status)s, error = %(error)s, missing = %(missing)s, finished_at = clock_timestamp(),
    lease_until = null
where r.id = %(id)s and r.lease_owner = %(owner)s and r.status = 'running'
returning *;

-- name: reopen
-- A run that waits for confirmation goes on with the ceiling that a person has allowed.
update ploomes_sync.runs r
set status = 'queued', finished_at = null, lease_until = null,
    request = r.request || jsonb_build_object('allow_deletes', %(allow_deletes)s::integer)
where r.id = %(id)s and r.status = 'needs_confirmation'
  and not (r.covering and exists (
    select from ploomes_sync.runs o where o.covering and o.status in ('queued', 'running')))
returning *;

-- name: cancel
-- Whoever works on it finds no row with its next page, and stops.
update ploomes_sync.runs r
set status = 'cancelled', finished_at = clock_timestamp(), lease_until = null, missing = 0
where r.id = %(id)s and r.status in ('queued', 'running', 'needs_confirmation')
returning *;

-- name: parts
select p.number, p.after_id, p.upto_id, p.done, p.remaining
from ploomes_sync.run_parts p where p.run_id = %(run_id)s order by p.number;

-- name: save_part
insert into ploomes_sync.run_parts as p (run_id, number, after_id, upto_id, done, remaining)
values (%(run_id)s, %(number)s, %(after)s, %(upto)s, %(done)s, %(remaining)s)
on conflict (run_id, number) do update
set after_id = excluded.after_id, upto_id = excluded.upto_id, done = excluded.done,
    remaining = excluded.remaining;

-- name: suspect
insert into ploomes_sync.run_suspects (run_id, ploomes_id)
select %(run_id)s, i.ploomes_id from unnest(%(ids)s::bigint[]) as i (ploomes_id)
on conflict do nothing;

-- name: suspects
select s.ploomes_id from ploomes_sync.run_suspects s
where s.run_id = %(run_id)s order by s.ploomes_id limit %(limit)s;

-- name: count_suspects
select count(*) as suspects from ploomes_sync.run_suspects s where s.run_id = %(run_id)s;

-- name: clear_suspects
delete from ploomes_sync.run_suspects s where s.run_id = %(run_id)s and s.ploomes_id = any(%(ids)s);

-- name: watermark
-- Where the next incremental window starts, and when everything was last covered.
select (select r.watermark from ploomes_sync.runs r
        where r.covering and r.status in ('succeeded', 'partial') and r.watermark is not null
        order by r.started_at desc limit 1) as watermark,
       (select max(r.started_at) from ploomes_sync.runs r
        where r.covering and r.status in ('succeeded', 'partial')) as covered_at,
       (select max(r.started_at) from ploomes_sync.runs r
        where r.covering and r.complete and r.status in ('succeeded', 'partial')) as complete_at;

-- name: keep_count
-- What waits in quarantine is apart from the mirror unless the mirror has an earlier state of the product.
insert into ploomes_sync.source_counts as c (id, run_id, counted_at, products, stored, parked)
select 'account', %(run_id)s, clock_timestamp(), %(products)s,
       (select count(*) from ploomes_sync.product_state s where s.deleted_at is null),
       (select count(distinct coalesce(q.ploomes_id::text, q.id || ' without id')) from ploomes_sync.quarantine q
        where not exists (select from ploomes_sync.product_state s
                          where s.ploomes_id = q.ploomes_id and s.deleted_at is null))
on conflict (id) do update
set run_id = excluded.run_id, counted_at = excluded.counted_at, products = excluded.products,
    stored = excluded.stored, parked = excluded.parked;

-- name: source_count
select c.products, c.counted_at, c.stored, c.parked from ploomes_sync.source_counts c;

-- name: append_event
insert into ploomes_sync.run_events (run_id, event, detail) values (%(run_id)s, %(event)s, %(detail)s);

-- name: tuning
-- The latest decisions on page size and parallelism, newest first.
select e.run_id, e.at, e.detail ->> 'what' as what, (e.detail ->> 'before')::integer as before,
       (e.detail ->> 'after')::integer as after, e.detail ->> 'reason' as reason
from ploomes_sync.run_events e
where e.event = 'tuner.step' and e.at >= %(since)s
order by e.id desc
limit %(limit)s;
