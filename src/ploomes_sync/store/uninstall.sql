-- Takes everything of ours out of a database.

-- name: uninstall
-- In public only what nobody else builds on goes: a view or a foreign key of the user's own stops it. The
-- extensions stay, since others may use them.
do $uninstall$
declare
  part record;
begin
  drop view if exists public.products_with_specifications, public.product_categories, public.catalogue_freshness,
    public.product_sync_logs, ploomes_sync.product_quality;
  for part in
    select p.oid::regprocedure as signature from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname = 'search_products'
  loop
    execute format('drop function %s', part.signature);
  end loop;
  drop table if exists ploomes_sync.product_search, public.product_suppliers, public.product_variants,
    public.rental_specifications, public.service_specifications, public.api_cache;
  drop table if exists public.products_enhanced;
  drop schema if exists ploomes_sync cascade;
end
$uninstall$;

-- name: drop_role
-- The role belongs to the whole server: it stays where another database needs it, or somebody else made it.
do $role$
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = 'catalog_sync') then
    return;
  end if;
  begin
    drop owned by catalog_sync;
  exception
    when insufficient_privilege then raise notice 'rights of catalog_sync stay: %', sqlerrm;
  end;
  begin
    drop role catalog_sync;
  exception
    when dependent_objects_still_exist or insufficient_privilege then
      raise notice 'the role catalog_sync stays: %', sqlerrm;
  end;
end
$role$;

-- name: role_stays
select exists (select from pg_catalog.pg_roles r where r.rolname = 'catalog_sync') as stays;
