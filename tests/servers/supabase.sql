-- Lays a plain database out like one of Supabase's, for tests: the roles, schemas, helper functions, role settings,
-- default privileges and the publication that code there relies on. The services themselves are not there.
--
-- Run it as the superuser `supabase_admin`, in one transaction. It may be run again, and in several databases of
-- one cluster. `layout.exposed` says which of the two kinds of project this is: `on` for one whose new tables,
-- sequences and functions in public are granted to the API roles (every older project), `off` for one whose are not.

-- Roles belong to the whole cluster: two layouts at once wait for each other here.
lock table pg_catalog.pg_authid in share row exclusive mode;
set local client_min_messages = warning;

do $roles$
declare
  r record;
begin
  for r in
    select * from (values
      ('postgres',                'createdb createrole replication bypassrls login'),
      ('anon',                    'nologin'),
      ('authenticated',           'nologin'),
      ('service_role',            'nologin bypassrls'),
      ('authenticator',           'login noinherit'),
      ('supabase_auth_admin',     'login noinherit createrole'),
      ('supabase_realtime_admin', 'nologin noinherit'),
      ('dashboard_user',          'nologin createdb createrole replication')
    ) as t (name, attributes)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = r.name) then
      execute format('create role %I %s', r.name, r.attributes);
    end if;
  end loop;
end
$roles$;

-- The Data API logs in as authenticator and becomes one of the three for each request.
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;

do $database$
begin
  execute format('grant all on database %I to postgres, dashboard_user', current_database());
end
$database$;

create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_auth_admin;
create schema if not exists realtime authorization supabase_realtime_admin;
create schema if not exists graphql_public;

revoke create on schema public from public;
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create on schema public to postgres;
grant usage on schema extensions to postgres, anon, authenticated, service_role;
grant create on schema extensions to postgres;
grant all on schema extensions to dashboard_user;
grant usage on schema auth, realtime, graphql_public to postgres, anon, authenticated, service_role;

create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pgcrypto with schema extensions;

-- Who is calling, read from the claims that the Data API puts into the transaction's settings.
create or replace function auth.jwt() returns jsonb language sql stable set search_path = '' as $$
  select coalesce(nullif(current_setting('request.jwt.claims', true), ''),
                  nullif(current_setting('request.jwt.claim', true), ''))::jsonb
$$;
create or replace function auth.uid() returns uuid language sql stable set search_path = '' as $$
  select nullif(coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), auth.jwt() ->> 'sub'), '')::uuid
$$;
create or replace function auth.role() returns text language sql stable set search_path = '' as $$
  select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), auth.jwt() ->> 'role')
$$;
alter function auth.jwt() owner to supabase_auth_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
grant execute on function auth.jwt(), auth.uid(), auth.role() to postgres, anon, authenticated, service_role;

create table if not exists auth.users (
  id uuid primary key,
  email text,
  role text,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  created_at timestamptz default now()
);
alter table auth.users owner to supabase_auth_admin;
alter table auth.users enable row level security;
grant select, insert, update, delete, references on auth.users to postgres;

-- First what every project was born with, everything to everyone; then the rights that newer projects take back.
-- What stays behind: TRUNCATE, REFERENCES and TRIGGER on new tables, EXECUTE on new functions through PUBLIC.
do $defaults$
declare
  owner text;
begin
  foreach owner in array array['postgres', 'supabase_admin'] loop
    execute format('alter default privileges for role %I in schema public '
                   'grant all on tables to postgres, anon, authenticated, service_role', owner);
    execute format('alter default privileges for role %I in schema public '
                   'grant all on sequences to postgres, anon, authenticated, service_role', owner);
    execute format('alter default privileges for role %I in schema public '
                   'grant all on functions to postgres, anon, authenticated, service_role', owner);
  end loop;
  if not coalesce(nullif(current_setting('layout.exposed', true), ''), 'off')::boolean then
    alter default privileges for role postgres in schema public
      revoke select, insert, update, delete on tables from anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      revoke usage, select on sequences from anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      revoke execute on functions from anon, authenticated, service_role;
  end if;
end
$defaults$;

-- Realtime listens to the tables of this publication; it starts empty.
do $realtime$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  alter publication supabase_realtime owner to postgres;
end
$realtime$;
