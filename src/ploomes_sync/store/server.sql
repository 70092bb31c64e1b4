-- What server this is and how we reach it; nothing here writes.

-- name: server
-- The time-out is the role's own, in seconds; every transaction of ours sets another.
select current_setting('server_version') as version, current_database()::text as database,
       current_user::text as role, pg_backend_pid() as backend_pid, clock_timestamp() as now,
       (select r.reset_val::float8 / 1000 from pg_catalog.pg_settings r where r.name = 'statement_timeout')
         as statement_timeout;
