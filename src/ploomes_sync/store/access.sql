-- Who sees the catalogue through the Data API, and which tables Realtime tells of.

-- name: access
select a.exposed_to, a.changed_at,
       exists (select from pg_catalog.pg_roles r where r.rolname = 'catalog_sync') as writer,
       array(select n.name from unnest(array['anon', 'authenticated']) as n (name)
             where not exists (select from pg_catalog.pg_roles r where r.rolname = n.name)) as unknown
from ploomes_sync.access a;

-- name: choose
update ploomes_sync.access a set exposed_to = %(to)s, changed_at = now() where a.exposed_to <> %(to)s;

-- name: apply
select ploomes_sync.apply_access();

-- name: publication
select exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') as present,
       coalesce((select p.puballtables from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime'), false)
         as whole;

-- name: published
select n.name, exists (select from pg_catalog.pg_publication_tables p
                       where p.pubname = 'supabase_realtime' and p.schemaname = 'public' and p.tablename = n.name)
         as published
from unnest(array['products_enhanced', 'service_specifications', 'rental_specifications', 'product_variants'])
  with ordinality as n (name, place)
order by n.place;

-- name: publish
do $publish$
declare
  t regclass;
begin
  foreach t in array array['public.products_enhanced', 'public.service_specifications',
      'public.rental_specifications', 'public.product_variants']::regclass[] loop
    if not exists (
      select from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
      where p.pubname = 'supabase_realtime' and r.prrelid = t) then
      execute format('alter publication supabase_realtime add table %s', t);
    end if;
  end loop;
end
$publish$;

-- name: withdraw
do $withdraw$
declare
  t regclass;
begin
  for t in
    select r.prrelid::regclass
    from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
    where p.pubname = 'supabase_realtime' and r.prrelid in (
      'public.products_enhanced'::regclass, 'public.service_specifications'::regclass,
      'public.rental_specifications'::regclass, 'public.product_variants'::regclass)
  loop
    execute format('alter publication supabase_realtime drop table %s', t);
  end loop;
end
$withdraw$;
