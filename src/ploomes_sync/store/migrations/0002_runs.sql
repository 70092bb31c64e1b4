-- Runs with their leases and cursors, quarantine, and the request budget that all processes share.
create table if not exists ploomes_sync.runs (
  id uuid primary key default gen_random_uuid(),
  status text not null default 'queued'
    check (status in ('queued', 'running', 'needs_confirmation', 'succeeded', 'partial', 'failed', 'cancelled')),
  request jsonb not null,
  plan jsonb,
  strategy text,
  reason text,
  covering boolean not null default false,
  complete boolean not null default false,
  watermark timestamptz,
  lease_owner text,
  lease_until timestamptz,
  attempt integer not null default 0,
  failures integer not null default 0,
  resume_after timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  requests integer not null default 0,
  retries integer not null default 0,
  pages integer not null default 0,
  fetched integer not null default 0,
  inserted integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  deleted integer not null default 0,
  restored integer not null default 0,
  rejected integer not null default 0,
  stale integer not null default 0,
  missing integer not null default 0,
  errors jsonb not null default '{}',
  error text
);
comment on column ploomes_sync.runs.watermark is
  'For covering runs: the source''s time up to which everything has been read once the run has succeeded.';
comment on column ploomes_sync.runs.lease_until is
  'Until when the owner may write for this run; past it any process may take the run over.';
comment on column ploomes_sync.runs.failures is
  'Attempts in a row that committed no page; resume_after is until when nobody tries again unasked.';
-- One open covering run at a time, whoever asks.
create unique index if not exists runs_one_open_covering on ploomes_sync.runs ((true))
  where covering and status in ('queued', 'running');
create index if not exists runs_created_at on ploomes_sync.runs (created_at desc, id desc);
create index if not exists runs_open on ploomes_sync.runs (created_at) where status in ('queued', 'running');

-- Idempotency keys, apart for each kind of caller: the same key means the same run for as long as the run is kept.
create table if not exists ploomes_sync.run_keys (
  origin text not null,
  key text not null check (char_length(key) between 1 and 200),
  run_id uuid not null references ploomes_sync.runs (id) on delete cascade,
  request jsonb not null,
  primary key (origin, key)
);
create index if not exists run_keys_run_id on ploomes_sync.run_keys (run_id);

-- The stretches of the id space that a run still has to read, one cursor each.
create table if not exists ploomes_sync.run_parts (
  run_id uuid not null references ploomes_sync.runs (id) on delete cascade,
  number integer not null,
  after_id bigint not null,
  upto_id bigint,
  done boolean not null default false,
  remaining integer,
  primary key (run_id, number)
);

-- Our rows that a walk should have met and did not; asked for by id before anything is marked deleted.
create table if not exists ploomes_sync.run_suspects (
  run_id uuid not null references ploomes_sync.runs (id) on delete cascade,
  ploomes_id bigint not null,
  primary key (run_id, ploomes_id)
);

create table if not exists ploomes_sync.run_events (
  id bigint generated always as identity primary key,
  run_id uuid references ploomes_sync.runs (id) on delete cascade,
  at timestamptz not null default now(),
  event text not null,
  detail jsonb not null default '{}'
);
create index if not exists run_events_run_id on ploomes_sync.run_events (run_id, id);

create table if not exists ploomes_sync.quarantine (
  id bigint generated always as identity primary key,
  payload_hash bytea not null unique,
  ploomes_id bigint,
  reason text not null,
  detail text not null,
  payload text not null,
  run_id uuid references ploomes_sync.runs (id) on delete set null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index if not exists quarantine_ploomes_id on ploomes_sync.quarantine (ploomes_id);
create index if not exists quarantine_run_id on ploomes_sync.quarantine (run_id);

-- One row: the theoretical arrival time of the next request, for every process on every machine.
create table if not exists ploomes_sync.budget (
  id text primary key,
  next_at timestamptz not null default '-infinity',
  blocked_until timestamptz not null default '-infinity',
  slow_until timestamptz not null default '-infinity',
  broken_until timestamptz not null default '-infinity'
);
comment on column ploomes_sync.budget.broken_until is
  'Set when a circuit breaker opened, to when it will probe; -infinity once Ploomes answered again.';
insert into ploomes_sync.budget (id) values ('account') on conflict do nothing;

-- Failed attempts by minute, class and endpoint.
create table if not exists ploomes_sync.error_stats (
  minute timestamptz not null,
  error_class text not null,
  endpoint text not null,
  failures integer not null,
  primary key (minute, error_class, endpoint)
);

-- What a probe has learnt of the account's server.
create table if not exists ploomes_sync.vendor_facts (
  id text primary key,
  facts json not null,
  probed_at timestamptz not null default now()
);

-- The run history under the name that people know.
create or replace view public.product_sync_logs with (security_invoker = true) as
select r.id as sync_id, r.strategy as sync_type, r.reason,
       coalesce(nullif(array_to_string(array(select jsonb_array_elements_text(r.request -> 'segments')), ','), ''),
                case when r.request ? 'ids' then 'ids' else 'all' end) as scope,
       r.request ->> 'origin' as origin, r.status, r.created_at, r.started_at, r.finished_at as completed_at,
       extract(epoch from coalesce(r.finished_at, now()) - r.started_at)::numeric(12,3) as duration_seconds,
       r.fetched as total_processed, r.inserted as products_created, r.updated as products_updated,
       r.unchanged as products_unchanged, r.deleted as products_deleted, r.restored as products_restored,
       r.rejected as products_failed, r.stale as products_skipped, r.pages, r.requests, r.retries, r.attempt,
       case when r.finished_at > r.started_at
            then (r.fetched / extract(epoch from r.finished_at - r.started_at))::numeric(12,2) end
         as records_per_second,
       r.errors, r.error as error_message
from ploomes_sync.runs r;

do $access$
declare
  t regclass;
  r text;
begin
  foreach t in array array['ploomes_sync.runs', 'ploomes_sync.run_keys', 'ploomes_sync.run_parts',
      'ploomes_sync.run_suspects', 'ploomes_sync.run_events', 'ploomes_sync.quarantine', 'ploomes_sync.budget', 'ploomes_sync.vendor_facts',
      'ploomes_sync.error_stats']::regclass[] loop
    execute format('alter table %s enable row level security', t);
  end loop;
  for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on public.product_sync_logs from %I', r);
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (2, 'runs') on conflict do nothing;
