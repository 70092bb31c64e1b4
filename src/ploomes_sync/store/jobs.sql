-- Jobs say what is to be done next; what has been done stands in the runs. The tables are procrastinate's.

-- name: defer
-- One waiting job a queueing lock; one that is being worked on does not count.
insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args, scheduled_at)
values (%(queue)s, %(task)s, %(priority)s, %(queueing_lock)s, %(args)s, %(at)s)
on conflict (queueing_lock) where status = 'todo' do nothing
returning id;

-- name: take_turn
-- One process at a time looks after what others have left behind.
select pg_try_advisory_xact_lock(7205759403792794) as mine;

-- name: stalled
-- Jobs whose worker has not been heard of. A run's job waits for the run's lease, too: before that nobody could
-- go on with it anyhow.
select j.id from ploomes_sync.procrastinate_jobs j
where j.status = 'doing'
  and not exists (
    select from ploomes_sync.procrastinate_workers w
    where w.id = j.worker_id and w.last_heartbeat >= clock_timestamp() - make_interval(secs => %(seconds)s))
  and not exists (
    select from ploomes_sync.runs r
    where r.id::text = j.args ->> 'run_id' and r.status = 'running' and r.lease_until >= clock_timestamp())
order by j.id;

-- name: held
-- What the database believes that this worker is at.
select j.id from ploomes_sync.procrastinate_jobs j
where j.status = 'doing' and j.worker_id = %(worker_id)s
order by j.id;

-- name: give_back
-- Lets a job be fetched anew; where the same is waiting already, this one is of no use any more.
select j.id, case
  when exists (select from ploomes_sync.procrastinate_jobs o
               where o.status = 'todo' and o.queueing_lock = j.queueing_lock)
    then ploomes_sync.procrastinate_finish_job_v1(j.id, 'aborted', false)
    else ploomes_sync.procrastinate_retry_job_v2(j.id, clock_timestamp(), null, null, null)
  end
from ploomes_sync.procrastinate_jobs j
where j.id = %(id)s and j.status = 'doing';

-- name: adopt
-- Open runs that nobody works on and no job is about to: their process died, or was told to stop. One whose job has
-- just failed waits a while; webhooks look after their own.
insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, queueing_lock, args)
select %(queue)s, %(task)s::text, 'run:' || r.id, jsonb_build_object('run_id', r.id)
from ploomes_sync.runs r
where r.status in ('queued', 'running') and coalesce(r.lease_until, '-infinity') < clock_timestamp()
  and r.created_at < clock_timestamp() - make_interval(secs => %(seconds)s)
  and coalesce(r.resume_after, '-infinity') < clock_timestamp()
  and coalesce(r.request ->> 'origin', '') <> 'webhook'
  and not exists (
    select from ploomes_sync.procrastinate_jobs j
    where j.task_name = %(task)s::text and j.args ->> 'run_id' = r.id::text
      and (j.status in ('todo', 'doing')
           or j.status = 'failed' and exists (
             select from ploomes_sync.procrastinate_events e
             where e.job_id = j.id and e.at > clock_timestamp() - interval '10 minutes')))
on conflict (queueing_lock) where status = 'todo' do nothing
returning args ->> 'run_id' as run_id;

-- name: retry
-- A run that has ended does not begin again: its job would do nothing.
select ploomes_sync.procrastinate_retry_job_v2(j.id, clock_timestamp(), null, null, null), j.id
from ploomes_sync.procrastinate_jobs j
where j.id = %(id)s and j.status = 'failed'
  and not exists (
    select from ploomes_sync.runs r
    where r.id::text = j.args ->> 'run_id' and r.status not in ('queued', 'running'));

-- name: recent
select j.id, j.task_name as task, j.status::text as state, j.args, j.priority, j.attempts, j.scheduled_at,
       e.deferred_at, e.started_at, e.finished_at
from ploomes_sync.procrastinate_jobs j
cross join lateral (
  select min(v.at) filter (where v.type = 'deferred') as deferred_at,
         max(v.at) filter (where v.type = 'started') as started_at,
         max(v.at) filter (where v.type in ('succeeded', 'failed', 'cancelled', 'aborted')) as finished_at
  from ploomes_sync.procrastinate_events v where v.job_id = j.id) as e
where %(state)s::text is null or j.status::text = %(state)s
order by j.id desc
limit %(limit)s;

-- name: workers
-- Workers that have been heard of lately.
select count(*) as alive from ploomes_sync.procrastinate_workers w
where w.last_heartbeat >= clock_timestamp() - make_interval(secs => %(seconds)s);

-- name: forget
delete from ploomes_sync.procrastinate_jobs j
where j.status in ('succeeded', 'failed', 'cancelled', 'aborted')
  and not exists (
    select from ploomes_sync.procrastinate_events e
    where e.job_id = j.id and e.at >= clock_timestamp() - make_interval(days => %(days)s));

-- name: forget_workers
-- Long after their jobs have been given back: one that merely slept must find its row.
delete from ploomes_sync.procrastinate_workers w where w.last_heartbeat < clock_timestamp() - interval '1 hour';
