-- The ledger of migrations.

-- name: lock
-- Held to the end of the transaction: a second migrator waits here and then finds nothing to do.
select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true),
       pg_advisory_xact_lock(7205759403792793);

-- name: be_brief
-- For less than the second after which PostgreSQL looks for a deadlock: whoever works beside us is never its victim.
select set_config('statement_timeout', '500ms', true);

-- name: take_tables
-- All that is ours and there, in one step and one order. Without this, each change of a migration would wait for the
-- readers of its table while it kept those of the tables before from theirs.
do $take$
declare
  names text;
begin
  select string_agg(c.oid::regclass::text, ', ' order by c.relkind, c.oid) into names
  from pg_catalog.pg_class c
  where c.relkind in ('r', 'p', 'v') and pg_catalog.pg_has_role(c.relowner, 'usage')
    and (c.relnamespace = to_regnamespace('ploomes_sync')
      or c.oid in (
        to_regclass('public.products_enhanced'), to_regclass('public.product_variants'),
        to_regclass('public.product_suppliers'), to_regclass('public.rental_specifications'),
        to_regclass('public.service_specifications'), to_regclass('public.api_cache'),
        to_regclass('public.products_with_specifications'), to_regclass('public.product_categories'),
        to_regclass('public.catalogue_freshness'), to_regclass('public.product_sync_logs')));
  if names is not null then
    execute format('lock table %s in access exclusive mode', names);
  end if;
end
$take$;

-- name: take_time
select set_config('statement_timeout', '0', true);

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
