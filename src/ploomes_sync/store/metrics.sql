-- How the installation stands, and what its processes measured.

-- name: standing
-- Whatever is counted cheaply, in one row.
select (select max(m.version) from ploomes_sync.schema_migrations m) as schema_version,
       current_setting('server_version') as version, pg_database_size(current_database()) as size_bytes,
       (select sum(d.numbackends)::integer from pg_catalog.pg_stat_database d) as connections,
       current_setting('max_connections')::integer as connections_most,
       (select coalesce(jsonb_object_agg(q.reason, q.parked), '{}')
        from (select p.reason, count(*) as parked from ploomes_sync.quarantine p group by p.reason) q) as parked,
       (select min(p.first_seen_at) from ploomes_sync.quarantine p) as parked_since,
       (select count(*) from ploomes_sync.procrastinate_workers w
        where w.last_heartbeat >= clock_timestamp() - make_interval(secs => %(worker_seconds)s)) as workers;

-- name: jobs
-- Those that are due or being worked on; one that is scheduled for later does not wait.
select count(*) filter (where j.status = 'todo') as waiting, count(*) filter (where j.status = 'doing') as running,
       count(*) filter (where j.status = 'failed') as failed,
       extract(epoch from clock_timestamp() - min(e.at) filter (where j.status = 'todo'))::float8 as oldest_seconds
from ploomes_sync.procrastinate_jobs j
cross join lateral (
  select greatest(max(v.at), j.scheduled_at) as at from ploomes_sync.procrastinate_events v where v.job_id = j.id) e
where j.status in ('todo', 'doing') and coalesce(j.scheduled_at, '-infinity') <= clock_timestamp()
   or j.status = 'failed' and e.at >= %(since)s;

-- name: waiting
select r.id as run_id, r.missing, r.finished_at as since
from ploomes_sync.runs r
where r.status = 'needs_confirmation'
order by r.finished_at desc
limit 20;

-- name: run_totals
select r.status, count(*) as runs, sum(r.requests)::integer as requests, sum(r.retries)::integer as retries,
       sum(r.pages)::integer as pages, sum(r.inserted)::integer as inserted, sum(r.updated)::integer as updated,
       sum(r.unchanged)::integer as unchanged, sum(r.deleted)::integer as deleted,
       sum(r.restored)::integer as restored, sum(r.rejected)::integer as rejected, sum(r.stale)::integer as stale
from ploomes_sync.runs r
where r.created_at >= %(since)s
group by r.status;

-- name: received
-- What webhooks have brought, by verdict.
select e.verdict, count(*) as events, max(e.at) as last_at
from ploomes_sync.webhook_events e
where e.at >= %(since)s
group by e.verdict;

-- name: write
-- A sample that is written twice stands once.
insert into ploomes_sync.metric_samples (at, instance, values)
select i.at, %(instance)s, i.figures
from unnest(%(at)s::timestamptz[], %(figures)s::jsonb[]) as i (at, figures)
on conflict do nothing;

-- name: day_ago
-- The last sample that knew the number of products about a day ago: an older one would tell of other days.
select s.values from ploomes_sync.metric_samples s
where s.at <= %(at)s and s.at > %(at)s::timestamptz - interval '12 hours' and s.values ? 'products'
order by s.at desc
limit 1;

-- name: history
-- What the samples of each step add up to.
select date_bin(make_interval(secs => %(step)s), s.at, %(since)s) as start, n.name,
       sum((s.values ->> n.name)::float8) as total, count(*)::integer as samples
from ploomes_sync.metric_samples s cross join unnest(%(names)s::text[]) as n (name)
where s.at >= %(since)s and s.values ? n.name
group by start, n.name;

-- name: long_history
-- The same from hours, and from the samples of those hours that are not added up yet.
with added as (
  select coalesce(max(h.hour) + interval '1 hour', '-infinity') as upto from ploomes_sync.metric_hours h
),
figures as (
  select h.hour as at, h.name, h.total, h.samples
  from ploomes_sync.metric_hours h
  where h.hour >= %(since)s and h.name = any(%(names)s)
  union all
  select s.at, n.name, (s.values ->> n.name)::float8, 1
  from ploomes_sync.metric_samples s cross join added cross join unnest(%(names)s::text[]) as n (name)
  where s.at >= greatest(%(since)s, added.upto) and s.values ? n.name
)
select date_bin(make_interval(secs => %(step)s), f.at, %(since)s) as start, f.name, sum(f.total) as total,
       sum(f.samples)::integer as samples
from figures f
group by start, f.name;

-- name: add_up
-- Repeating it changes nothing: whole hours are added up anew, the last three because samples may come late.
insert into ploomes_sync.metric_hours as h (hour, name, total, samples)
select date_trunc('hour', s.at), v.key, sum(v.value::float8), count(*)
from ploomes_sync.metric_samples s cross join lateral jsonb_each_text(s.values) as v
where s.at < date_trunc('hour', clock_timestamp())
  and s.at >= coalesce((select max(o.hour) - interval '2 hours' from ploomes_sync.metric_hours o), '-infinity')
group by date_trunc('hour', s.at), v.key
on conflict (hour, name) do update set total = excluded.total, samples = excluded.samples;

-- name: forget_samples
delete from ploomes_sync.metric_samples s where s.at < clock_timestamp() - make_interval(hours => %(hours)s);

-- name: forget_hours
delete from ploomes_sync.metric_hours h where h.hour < clock_timestamp() - make_interval(days => %(days)s);
