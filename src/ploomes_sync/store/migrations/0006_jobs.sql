-- The job engine's tables, from the installed package of procrastinate; third-party text is not kept here.
-- Jobs carry no truth of their own: a lost one is made anew from the open runs, so that a half-lost engine is
-- replaced as a whole.
do $jobs$
declare
  given text := current_setting('search_path');
  part record;
begin
  if (select count(*) from unnest(array['jobs', 'events', 'workers', 'periodic_defers']) as n (name)
      where to_regclass('ploomes_sync.procrastinate_' || n.name) is not null) < 4 then
    drop table if exists ploomes_sync.procrastinate_events, ploomes_sync.procrastinate_periodic_defers,
      ploomes_sync.procrastinate_jobs, ploomes_sync.procrastinate_workers cascade;
    for part in select p.oid::regprocedure as signature from pg_catalog.pg_proc p
        where p.pronamespace = 'ploomes_sync'::regnamespace and p.proname like 'procrastinate\_%' loop
      execute format('drop function %s cascade', part.signature);
    end loop;
    drop type if exists ploomes_sync.procrastinate_job_to_defer_v1, ploomes_sync.procrastinate_job_status,
      ploomes_sync.procrastinate_job_event_type cascade;
    perform set_config('search_path', 'ploomes_sync', true);
    execute $procrastinate$
-- include: procrastinate schema.sql
$procrastinate$;
    perform set_config('search_path', given, true);
  end if;
end
$jobs$;

-- Nobody here asks for the jobs of one queue in their order.
drop index if exists ploomes_sync.procrastinate_jobs_queue_name_idx_v1;
-- Finished jobs keep the worker's id: without this index the end of a worker reads all of them.
create index if not exists procrastinate_jobs_worker_id on ploomes_sync.procrastinate_jobs (worker_id);
create index if not exists procrastinate_jobs_run_id on ploomes_sync.procrastinate_jobs ((args ->> 'run_id'))
  where task_name = 'work_run';

do $access$
declare
  t regclass;
  part record;
  r text;
begin
  foreach t in array array['ploomes_sync.procrastinate_jobs', 'ploomes_sync.procrastinate_events',
      'ploomes_sync.procrastinate_workers', 'ploomes_sync.procrastinate_periodic_defers']::regclass[] loop
    execute format('alter table %s enable row level security', t);
    execute format('revoke all on %s from public', t);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', t, r);
    end loop;
  end loop;
  for part in select p.oid::regprocedure as signature from pg_catalog.pg_proc p
      where p.pronamespace = 'ploomes_sync'::regnamespace and p.proname like 'procrastinate\_%' loop
    execute format('alter function %s set search_path = ploomes_sync, pg_temp', part.signature);
    execute format('revoke all on function %s from public', part.signature);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', part.signature, r);
    end loop;
  end loop;
  for part in select c.oid::regclass as sequence from pg_catalog.pg_class c
      where c.relnamespace = 'ploomes_sync'::regnamespace and c.relkind = 'S'
        and c.relname like 'procrastinate\_%' loop
    execute format('revoke all on sequence %s from public', part.sequence);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on sequence %s from %I', part.sequence, r);
    end loop;
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (6, 'jobs') on conflict do nothing;
