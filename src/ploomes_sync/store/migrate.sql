-- The ledger of migrations.

-- name: lock
-- Held to the end of the transaction: a second migrator waits here and then finds nothing to do.
select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true),
       pg_advisory_xact_lock(7205759403792793);

-- name: ledger_exists
select to_regclass('ploomes_sync.schema_migrations') is not null as present;

-- name: applied
select m.version from ploomes_sync.schema_migrations m;

-- name: reload_api
notify pgrst, 'reload schema';

-- name: lost
-- Tables and views that are not there although the ledger says that they were made.
select t.name from unnest(%(names)s::text[]) as t (name) where to_regclass(t.name) is null order by t.name;

-- name: drop_catalogue
-- All of it can be read again; what hangs on the products cannot stand without them.
drop table if exists ploomes_sync.product_search, ploomes_sync.search_words, public.product_suppliers,
  public.product_variants, public.rental_specifications, public.service_specifications,
  public.products_enhanced cascade;

-- name: forget_products
-- Without fingerprints the next sync writes every product again.
delete from ploomes_sync.product_state;

-- name: forget_coverage
-- Without a covering run in the history the next sync reads everything.
update ploomes_sync.runs r set covering = false where r.covering and r.status not in ('queued', 'running');

-- name: end_open_runs
update ploomes_sync.runs r
set status = 'failed', finished_at = now(), lease_until = null, error = 'tables were lost under this run'
where r.status in ('queued', 'running', 'needs_confirmation');
