-- The ledger of migrations.

-- name: lock
-- Held to the end of the transaction: a second migrator waits here and then finds nothing to do.
select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true),
       pg_advisory_xact_lock(7205759403792793);

-- name: ledger_exists
select to_regclass('ploomes_sync.schema_migrations') is not null as present;

-- name: applied
select m.version from ploomes_sync.schema_migrations m;
