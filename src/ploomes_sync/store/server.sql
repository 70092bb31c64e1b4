-- What server this is, how we reach it and what we may do there; nothing here writes.

-- name: server
-- The time-out is the login's own, in seconds; every transaction of ours sets another. `reserved` connections are for
-- superusers and those whom the server's owner prefers. Supabase is known by the roles of its Data API.
select current_setting('server_version') as version,
       current_setting('server_version_num')::integer / 10000 as major,
       current_database()::text as database, session_user::text as login, current_user::text as role,
       clock_timestamp() as now,
       r.rolsuper as superuser, r.rolbypassrls as bypasses_rls,
       (select s.reset_val::float8 / 1000 from pg_catalog.pg_settings s where s.name = 'statement_timeout')
         as statement_timeout,
       current_setting('max_connections')::integer as max_connections,
       current_setting('superuser_reserved_connections')::integer
         + coalesce(current_setting('reserved_connections', true)::integer, 0) as reserved_connections,
       (select sum(d.numbackends)::integer from pg_catalog.pg_stat_database d) as used_connections,
       (select count(*) = 4 from pg_catalog.pg_roles o
        where o.rolname in ('supabase_admin', 'anon', 'authenticated', 'service_role')) as supabase,
       array(select e.name::text from pg_catalog.pg_available_extensions e
             where e.name in ('pg_trgm', 'unaccent') order by e.name) as extensions
from pg_catalog.pg_roles r
where r.rolname = current_user;

-- name: rights
-- On the catalogue, once it is there. A role that row-level security holds needs a policy that lets it write.
select pg_has_role(c.relowner, 'usage') as owner,
       has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
         and has_table_privilege(c.oid, 'update') as granted,
       not row_security_active(c.oid) or exists (
         select from pg_catalog.pg_policy p
         where p.polrelid = c.oid and p.polcmd in ('*', 'w')
           and exists (select from unnest(p.polroles) as o (role) where o.role = 0 or pg_has_role(o.role, 'usage'))
       ) as let_through
from pg_catalog.pg_class c
where c.oid = to_regclass('public.products_enhanced');

-- name: backend
select pg_backend_pid() as pid;
