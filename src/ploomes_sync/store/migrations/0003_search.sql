-- Search: one narrow row a product beside the table that people read, and the function that asks it.
-- The table of the catalogue stays free of it: whoever selects all its columns gets no search vectors, and a search
-- reads rows of a tenth of the width. Triggers keep the two in step whoever writes.

-- What two spellings of the same code share: accents, case and outer blanks do not count.
create or replace function ploomes_sync.fold_code(value text) returns text
language sql immutable strict parallel safe set search_path = '' as $$
  select lower(extensions.unaccent('extensions.unaccent'::regdictionary, normalize(btrim(value), nfkc)))
$$;

-- What two spellings of the same words share, signs and plural besides. The plural goes before stemming, since the
-- stemmer keeps locação and locações, painel and painéis apart. Reading and writing must both come through here.
create or replace function ploomes_sync.fold(value text) returns text
language sql immutable strict parallel safe set search_path = '' as $$
  select regexp_replace(regexp_replace(regexp_replace(
    btrim(regexp_replace(ploomes_sync.fold_code(value), '[[:punct:][:space:]]+', ' ', 'g')),
    '[oa]es\M|aos\M', 'ao', 'g'),
    '([aeou])is\M', '\1l', 'g'),
    'ns\M', 'm', 'g')
$$;

create table if not exists ploomes_sync.product_search (
  product_id bigint primary key references public.products_enhanced (id) on delete cascade,
  code text collate "C",
  name text collate "C" not null,
  document tsvector not null,
  product_type text not null,
  brand text,
  category text,
  segments text[] not null,
  price numeric(15,2),
  in_stock boolean not null,
  active boolean not null,
  source text,
  updated_at timestamptz,
  deleted boolean not null
);
comment on table ploomes_sync.product_search is 'What a search reads of a product; triggers keep it.';
alter table ploomes_sync.product_search enable row level security;

-- Texts are cut where an index or a vector would refuse them: no product is too long to be stored.
-- It runs with the rights of its owner, so that whoever may write a product need not know of the search.
create or replace function ploomes_sync.keep_search() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into ploomes_sync.product_search as s
    (product_id, code, name, document, product_type, brand, category, segments, price, in_stock, active, source,
     updated_at, deleted)
  select c.id, ploomes_sync.fold_code(left(c.code, 300)), f.name,
         setweight(to_tsvector('pg_catalog.portuguese', f.name || ' ' || f.code), 'A')
         || setweight(to_tsvector('pg_catalog.portuguese', f.kind), 'B')
         || setweight(to_tsvector('pg_catalog.portuguese', f.description), 'C'),
         c.product_type, c.brand, c.category, c.segments, c.base_price, coalesce(c.stock_quantity, 0) > 0,
         coalesce(c.active, true), c.source_system, c.source_updated_at, c.deleted_at is not null
  from changed c
  cross join lateral (
    select ploomes_sync.fold(left(c.name, 300)) as name,
           coalesce(ploomes_sync.fold(left(c.code, 300)), '') as code,
           ploomes_sync.fold(left(concat_ws(' ', c.brand, c.category, c.subcategory, c.group_name, c.family_name),
                                  2000)) as kind,
           coalesce(ploomes_sync.fold(left(c.description, 20000)), '') as description
    offset 0
  ) f
  order by c.id
  on conflict (product_id) do update
  set code = excluded.code, name = excluded.name, document = excluded.document,
      product_type = excluded.product_type, brand = excluded.brand, category = excluded.category,
      segments = excluded.segments, price = excluded.price, in_stock = excluded.in_stock,
      active = excluded.active, source = excluded.source, updated_at = excluded.updated_at,
      deleted = excluded.deleted;
  return null;
end
$$;
create or replace trigger keep_search_of_new after insert on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();
create or replace trigger keep_search_of_changed after update on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();

create index if not exists product_search_code on ploomes_sync.product_search (code);
create index if not exists product_search_code_parts on ploomes_sync.product_search
  using gin (code extensions.gin_trgm_ops);
create index if not exists product_search_name on ploomes_sync.product_search (name, product_id);
create index if not exists product_search_name_parts on ploomes_sync.product_search
  using gin (name extensions.gin_trgm_ops);
create index if not exists product_search_document on ploomes_sync.product_search using gin (document);
create index if not exists product_search_segments on ploomes_sync.product_search using gin (segments);

-- Products that were stored before there was a search enter it through the trigger.
update public.products_enhanced p set name = p.name
where not exists (select from ploomes_sync.product_search s where s.product_id = p.id);

insert into ploomes_sync.schema_migrations (version, name) values (3, 'search') on conflict do nothing;
