-- Who may read and write what. One function states all of it, so that a later migration, or another choice of who
-- sees the catalogue, only calls it again:
--   catalog_sync    the service: rows of every table, nothing of the schema; only who migrates may change that
--   service_role    reads and writes the catalogue, calls the search
--   anon, authenticated   what is exposed to them, none by default: no cost price, no supplier, no custom field,
--                   no payload, nothing of how the service runs
-- A role that a server does not know is passed over; only Supabase has the last three.
create table if not exists ploomes_sync.access (
  id text primary key check (id = 'catalogue'),
  exposed_to text not null check (exposed_to in ('none', 'authenticated', 'anon')),
  changed_at timestamptz not null default now()
);
comment on column ploomes_sync.access.exposed_to is
  'Who reads the catalogue through the Data API; anon includes authenticated.';
alter table ploomes_sync.access enable row level security;
insert into ploomes_sync.access (id, exposed_to) values ('catalogue', 'none') on conflict do nothing;

-- When the catalogue was last read from the source. It runs with its owner's rights: whoever may see the catalogue
-- may know its age, but not the runs.
create or replace function ploomes_sync.last_read() returns table (read_at timestamptz, read_up_to timestamptz)
language sql stable security definer rows 1 set search_path = '' as $$
  select max(r.finished_at), max(r.watermark)
  from ploomes_sync.runs r
  where r.covering and r.status in ('succeeded', 'partial')
$$;

create or replace view public.product_categories with (security_invoker = true) as
select p.category, p.subcategory, count(*)::integer as products
from public.products_enhanced p
where p.deleted_at is null and p.category is not null
group by p.category, p.subcategory;
comment on view public.product_categories is 'How many living products each category and subcategory has.';

create or replace view public.catalogue_freshness with (security_invoker = true) as
select p.products, p.changed_at, f.read_at, f.read_up_to
from (select count(*) filter (where e.deleted_at is null)::integer as products, max(e.last_sync_at) as changed_at
      from public.products_enhanced e) p
cross join ploomes_sync.last_read() f;
comment on view public.catalogue_freshness is
  'One row: living products, the last change of a row, the last full look at Ploomes and the time it has read up to.';

-- Grants are repeated from nothing each time, so that what is granted is what stands here.
create or replace function ploomes_sync.apply_access() returns void
language plpgsql set search_path = '' as $$
declare
  catalogue constant text[] := array['products_enhanced', 'service_specifications', 'rental_specifications',
    'product_variants', 'product_suppliers', 'api_cache', 'products_with_specifications', 'product_categories',
    'catalogue_freshness', 'product_sync_logs', 'products_enhanced_id_seq'];
  exposed constant text[] := array['service_specifications', 'rental_specifications', 'product_variants',
    'products_with_specifications', 'product_categories', 'catalogue_freshness', 'product_search', 'search_words'];
  searching constant text[] := array['search_products', 'search_matches', 'search_facets', 'search_steps',
    'search_parts', 'read_question', 'are_many', 'name_heads', 'anywhere', 'lexeme', 'code_parts', 'known_and',
    'stretches', 'highlight', 'mend', 'fold', 'fold_code', 'last_read'];
  columns constant text := 'id, ploomes_product_id, external_id, name, code, description, product_type, category, '
    'subcategory, brand, segments, group_name, family_name, base_price, currency, weight, dimensions, ncm_code, '
    'cfop_code, stock_quantity, unit_of_measure, active, available_for_sale, image_url, source_created_at, '
    'source_updated_at, deleted_at, last_sync_at';
  readers constant text[] := (
    select coalesce(array_agg(r.rolname::text order by r.rolname), '{}')
    from pg_catalog.pg_roles r cross join ploomes_sync.access a
    where r.rolname = 'anon' and a.exposed_to = 'anon'
       or r.rolname = 'authenticated' and a.exposed_to in ('authenticated', 'anon'));
  writer constant text := (select r.rolname from pg_catalog.pg_roles r where r.rolname = 'catalog_sync');
  server constant text := (select r.rolname from pg_catalog.pg_roles r where r.rolname = 'service_role');
  everybody constant text := (
    select 'public' || coalesce(string_agg(', ' || quote_ident(r.rolname), '' order by r.rolname), '')
    from pg_catalog.pg_roles r
    where r.rolname in ('anon', 'authenticated', 'service_role', 'catalog_sync'));
  readers_list constant text := (
    select string_agg(quote_ident(r.name), ', ' order by r.name) from unnest(readers) as r (name));
  one record;
begin
  -- First what writers lock first, so that neither waits for what the other holds.
  lock table public.products_enhanced in access exclusive mode;
  execute format('revoke all on schema ploomes_sync from %s', everybody);
  if writer is not null then
    execute format('grant usage on schema public, extensions, ploomes_sync to %I', writer);
  end if;
  if server is not null then
    execute format('grant usage on schema ploomes_sync to %I', server);
  end if;
  if readers_list is not null then
    execute format('grant usage on schema ploomes_sync to %s', readers_list);
  end if;

  for one in
    select c.oid::regclass as relation, c.relname as name, c.relkind as kind, c.relrowsecurity as closed,
           n.nspname = 'public' as in_public
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'ploomes_sync' and c.relkind in ('r', 'p', 'v', 'S')
       or n.nspname = 'public' and c.relname = any (catalogue)
    order by n.nspname, c.relname
  loop
    if one.kind = 'S' then
      execute format('revoke all on sequence %s from %s', one.relation, everybody);
      if writer is not null then
        execute format('grant usage, select on sequence %s to %I', one.relation, writer);
      end if;
      if server is not null and one.in_public then
        execute format('grant usage, select on sequence %s to %I', one.relation, server);
      end if;
      continue;
    end if;

    execute format('revoke all on %s from %s', one.relation, everybody);
    if writer is not null then
      execute format('grant %s on %s to %I',
        case when one.kind = 'v' or one.name in ('schema_migrations', 'access') then 'select'
             else 'select, insert, update, delete' end, one.relation, writer);
    end if;
    if server is not null and (one.in_public and one.name <> 'api_cache'
                               or one.name in ('product_search', 'search_words', 'runs')) then
      execute format('grant %s on %s to %I',
        case when one.in_public and one.kind <> 'v' then 'select, insert, update, delete' else 'select' end,
        one.relation, server);
    end if;
    if readers_list is not null and one.name = 'products_enhanced' then
      execute format('grant select (%s) on %s to %s', columns, one.relation, readers_list);
    elsif readers_list is not null and one.name = any (exposed) then
      execute format('grant select on %s to %s', one.relation, readers_list);
    end if;

    continue when one.kind = 'v';
    if not one.closed then
      execute format('alter table %s enable row level security', one.relation);
    end if;
    if writer is not null and not exists (
      select from pg_catalog.pg_policy p where p.polrelid = one.relation and p.polname = 'service_writes') then
      execute format('create policy service_writes on %s for all to %I using (true) with check (true)',
        one.relation, writer);
    end if;
    continue when one.name <> 'products_enhanced' and not one.name = any (exposed);
    if readers is distinct from (
      select coalesce(array_agg(r.rolname::text order by r.rolname), '{}')
      from pg_catalog.pg_policy p join pg_catalog.pg_roles r on r.oid = any (p.polroles)
      where p.polrelid = one.relation and p.polname = 'catalogue_readers') then
      execute format('drop policy if exists catalogue_readers on %s', one.relation);
      if readers_list is not null then
        execute format('create policy catalogue_readers on %s for select to %s using (true)',
          one.relation, readers_list);
      end if;
    end if;
  end loop;

  for one in
    select p.oid::regprocedure as signature, p.proname as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'ploomes_sync' or n.nspname = 'public' and p.proname = 'search_products'
    order by n.nspname, p.proname, p.oid::regprocedure::text
  loop
    execute format('revoke all on function %s from %s', one.signature, everybody);
    continue when one.name = 'apply_access';
    if writer is not null then
      execute format('grant execute on function %s to %I', one.signature, writer);
    end if;
    continue when not one.name = any (searching);
    if server is not null then
      execute format('grant execute on function %s to %I', one.signature, server);
    end if;
    if readers_list is not null then
      execute format('grant execute on function %s to %s', one.signature, readers_list);
    end if;
  end loop;
end
$$;

-- A role belongs to the whole server: another database may have made it first, and only who made it may hand it on.
do $role$
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = 'catalog_sync') then
    create role catalog_sync nologin noinherit;
  end if;
  execute format('grant catalog_sync to %I', current_user);
exception
  when insufficient_privilege then
    raise warning 'no right to make or take on the role catalog_sync: the service runs as the role that logs in';
  when duplicate_object or unique_violation then
    raise notice 'another database has made the role catalog_sync just now';
end
$role$;

select ploomes_sync.apply_access();

insert into ploomes_sync.schema_migrations (version, name) values (9, 'access') on conflict do nothing;
