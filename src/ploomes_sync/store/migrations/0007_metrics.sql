-- How late changes arrive, and what each process measured of itself, for the charts.

-- One row a minute, strategy and delay; the delay is 2^(bucket/4) seconds up to the next bucket.
create table if not exists ploomes_sync.freshness (
  minute timestamptz not null,
  strategy text not null,
  bucket smallint not null,
  changes integer not null,
  primary key (minute, strategy, bucket)
);

-- The newest covering run is asked for with each page that holds a new product.
create index if not exists runs_covered on ploomes_sync.runs (started_at desc)
  where covering and status in ('succeeded', 'partial');
create index if not exists runs_waiting on ploomes_sync.runs (finished_at desc) where status = 'needs_confirmation';

-- What one process measured since its sample before: sums of what it did, and gauges.
create table if not exists ploomes_sync.metric_samples (
  at timestamptz not null,
  instance text not null,
  values jsonb not null,
  primary key (at, instance)
);

-- The same by the hour, for longer.
create table if not exists ploomes_sync.metric_hours (
  hour timestamptz not null,
  name text not null,
  total double precision not null,
  samples integer not null,
  primary key (hour, name)
);

do $access$
declare
  t regclass;
  r text;
begin
  foreach t in array array['ploomes_sync.freshness', 'ploomes_sync.metric_samples',
      'ploomes_sync.metric_hours']::regclass[] loop
    execute format('alter table %s enable row level security', t);
    execute format('revoke all on %s from public', t);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', t, r);
    end loop;
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (7, 'metrics') on conflict do nothing;
