-- Products that wait to be fetched afresh, what webhooks have said, and the registrations that are ours.

-- One row a product however many events name it: an event that comes again changes the row in place.
create table if not exists ploomes_sync.refresh_queue (
  ploomes_id bigint primary key,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  version bigint not null default 1,
  failures integer not null default 0,
  error text,
  claim uuid,
  claimed_version bigint,
  claimed_until timestamptz
);
comment on column ploomes_sync.refresh_queue.version is
  'Counts the events; a fetch takes the row away only if this is still what it was when the fetch began.';
comment on column ploomes_sync.refresh_queue.claimed_until is
  'Until when the worker of this claim may fetch; past it any worker may take the product over.';
create index if not exists refresh_queue_due_at on ploomes_sync.refresh_queue (due_at);
create index if not exists refresh_queue_claim on ploomes_sync.refresh_queue (claim) where claim is not null;

-- Every fetch is a run: the open ones must be found among very many.
create index if not exists runs_open on ploomes_sync.runs (created_at) where status in ('queued', 'running');

-- What came in lately, for the status; bodies are not kept.
create table if not exists ploomes_sync.webhook_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  verdict text not null check (verdict in ('queued', 'ignored', 'malformed')),
  ploomes_id bigint,
  change text,
  webhook_id bigint,
  reason text
);
create index if not exists webhook_events_at on ploomes_sync.webhook_events (at);

-- Where Ploomes shall call; one row.
create table if not exists ploomes_sync.webhook_settings (
  id text primary key check (id = 'account'),
  callback_url text not null
);

-- The keys that we have given to Ploomes, as SHA-256; a webhook with one of them is ours. A key is written here
-- before Ploomes sees it, so that a process that dies in between leaves no webhook that nobody knows.
create table if not exists ploomes_sync.webhook_keys (
  key_hash text primary key,
  made_at timestamptz not null default clock_timestamp()
);

create table if not exists ploomes_sync.webhook_registrations (
  action_id integer primary key,
  webhook_id bigint not null,
  callback_url text not null,
  registered_at timestamptz not null default clock_timestamp()
);

do $access$
declare
  t regclass;
  r text;
begin
  foreach t in array array['ploomes_sync.refresh_queue', 'ploomes_sync.webhook_events',
      'ploomes_sync.webhook_settings', 'ploomes_sync.webhook_keys',
      'ploomes_sync.webhook_registrations']::regclass[] loop
    execute format('alter table %s enable row level security', t);
    execute format('revoke all on %s from public', t);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', t, r);
    end loop;
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (4, 'webhooks') on conflict do nothing;
