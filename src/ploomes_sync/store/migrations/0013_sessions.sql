-- What the sessions of the dashboard are signed with: one secret for all processes; a new one ends every session.
create table if not exists ploomes_sync.session_secrets (
  id text primary key check (id = 'sessions'),
  secret bytea not null check (length(secret) = 32),
  made_at timestamptz not null default clock_timestamp()
);
comment on table ploomes_sync.session_secrets is
  'Made by the first process that needs it. Whoever reads it can sign a session: a copy of the database elsewhere '
  'needs a new one.';
alter table ploomes_sync.session_secrets enable row level security;

select ploomes_sync.apply_access();

insert into ploomes_sync.schema_migrations (version, name) values (13, 'sessions') on conflict do nothing;
