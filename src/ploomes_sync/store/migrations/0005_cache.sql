-- What caches must forget: which products have changed, and from which state of the catalogue a cached answer is.

-- One row a statement that changed products. It is written before its transaction commits, and transactions do not
-- commit in the order of their numbers: a reader asks for what its last snapshot could not see, never for "newer".
create table if not exists ploomes_sync.catalogue_changes (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  names text[]
);
comment on table ploomes_sync.catalogue_changes is 'Which products have changed lately; triggers write it.';
comment on column ploomes_sync.catalogue_changes.names is
  'The ids and folded codes, old and new, of the products; null when any product may have changed.';
create index if not exists catalogue_changes_xid on ploomes_sync.catalogue_changes (xid);
alter table ploomes_sync.catalogue_changes enable row level security;

-- A cached answer holds while no change is invisible to the snapshot that it was computed from. The table may be
-- lost in a crash, like any cache: so it costs the log nothing.
alter table public.api_cache add column if not exists snapshot pg_snapshot not null default pg_current_snapshot();
alter table public.api_cache set unlogged;

-- Rows that were written as they were are no change. It runs with the rights of its owner, so that whoever may
-- write a product need not know of the caches.
create or replace function ploomes_sync.record_changes() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    insert into ploomes_sync.catalogue_changes (names)
    select ploomes_sync.change_names(array_agg(c.ploomes_product_id), array_agg(c.code))
    from changed c having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into ploomes_sync.catalogue_changes (names)
    select ploomes_sync.change_names(array_agg(b.ploomes_product_id), array_agg(b.code))
    from before b having count(*) > 0;
  elsif tg_op = 'UPDATE' then
    insert into ploomes_sync.catalogue_changes (names)
    select ploomes_sync.change_names(array_agg(d.ploomes_product_id), array_agg(d.code))
    from ((select c.* from changed c except all select b.* from before b)
          union all
          (select b.* from before b except all select c.* from changed c)) d
    having count(*) > 0;
  else
    insert into ploomes_sync.catalogue_changes (names) values (null);
  end if;
  return null;
end
$$;

-- More names than a page of products has are not worth listing one by one.
create or replace function ploomes_sync.change_names(ids text[], codes text[]) returns text[]
language sql immutable set search_path = '' as $$
  select case when cardinality(ids) <= 2000 then (
    select array_agg(n.name)
    from (select i.id as name from unnest(ids) as i (id)
          union
          select ploomes_sync.fold_code(left(c.code, 300))
          from (select distinct u.code from unnest(codes) as u (code) where u.code is not null) c) n)
  end
$$;

create or replace trigger record_changes_of_new after insert on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.record_changes();
create or replace trigger record_changes_of_changed after update on public.products_enhanced
  referencing old table as before new table as changed
  for each statement execute function ploomes_sync.record_changes();
create or replace trigger record_changes_of_gone after delete on public.products_enhanced
  referencing old table as before for each statement execute function ploomes_sync.record_changes();
create or replace trigger record_changes_of_all after truncate on public.products_enhanced
  for each statement execute function ploomes_sync.record_changes();

do $access$
declare
  f regprocedure;
  r text;
begin
  revoke all on ploomes_sync.catalogue_changes from public;
  foreach f in array array['ploomes_sync.record_changes()',
      'ploomes_sync.change_names(text[], text[])']::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', f, r);
      execute format('revoke all on ploomes_sync.catalogue_changes from %I', r);
    end loop;
  end loop;
end
$access$;

-- Whoever has cached from tables that were there before these triggers forgets all of it.
insert into ploomes_sync.catalogue_changes (names) values (null);

insert into ploomes_sync.schema_migrations (version, name) values (5, 'cache') on conflict do nothing;
