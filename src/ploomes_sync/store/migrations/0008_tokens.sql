-- Who may use the HTTP API: a token is shown once when it is made; only its SHA-256 is kept.
create table if not exists ploomes_sync.api_tokens (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 80),
  hash text not null unique,
  scope text not null check (scope in ('read', 'sync', 'admin')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
comment on column ploomes_sync.api_tokens.scope is 'admin may all that sync may, sync all that read may.';
comment on column ploomes_sync.api_tokens.last_used_at is 'To the minute; written by the process that saw the token.';
comment on table ploomes_sync.api_tokens is
  'Rows are never deleted: once a token has been made, nobody is served without one, even after it ran out.';
create unique index if not exists api_tokens_name on ploomes_sync.api_tokens (name) where revoked_at is null;

do $access$
declare
  r text;
begin
  alter table ploomes_sync.api_tokens enable row level security;
  revoke all on ploomes_sync.api_tokens from public;
  for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on ploomes_sync.api_tokens from %I', r);
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (8, 'tokens') on conflict do nothing;
