-- Questions to the catalogue; nothing here writes.

-- name: search
select f.id, f.ploomes_product_id, f.code, f.name, f.highlight, f.rank, f.product_type, f.category, f.subcategory,
       f.brand, f.segments, f.base_price, f.currency, f.stock_quantity, f.unit_of_measure, f.active, f.image_url,
       f.source_updated_at, f.deleted_at, f.place
from public.search_products(
  q => %(q)s, of_type => %(type)s, of_brand => %(brand)s, of_category => %(category)s, of_segment => %(segment)s,
  min_price => %(min_price)s, max_price => %(max_price)s, with_stock => %(in_stock)s, is_active => %(active)s,
  from_source => %(source)s, with_deleted => %(deleted)s, sort_by => %(sort)s, page_size => %(page_size)s,
  after => %(after)s) f;

-- name: facets
select f.facet, f.value, f.products from ploomes_sync.search_facets(%(q)s, %(filters)s::jsonb) f;

-- name: counts
-- Counted once by all that is asked for, then added up, from the search's rows: they are the narrower ones.
with counted as materialized (
  select s.product_type, s.brand, s.category, s.segments, count(*) as products
  from ploomes_sync.product_search s
  where not s.deleted
  group by s.product_type, s.brand, s.category, s.segments
)
select c.facet, c.value, c.products::bigint as products
from (
  select 'total' as facet, '' as value, coalesce(sum(n.products), 0) as products from counted n
  union all
  select 'types', n.product_type, sum(n.products) from counted n group by n.product_type
  union all
  select 'brands', n.brand, sum(n.products) from counted n where n.brand is not null group by n.brand
  union all
  select 'categories', n.category, sum(n.products) from counted n where n.category is not null group by n.category
  union all
  select 'segments', g.name, sum(n.products)
  from counted n cross join lateral unnest(n.segments) as g (name) group by g.name
) c
order by c.facet, c.products desc, c.value;

-- name: categories
select p.category, p.subcategory, count(*) as products
from public.products_enhanced p
where p.deleted_at is null and p.category is not null
group by p.category, p.subcategory
order by p.category, p.subcategory nulls first;

-- name: product
-- An exact id wins over a code that looks like one, the very spelling of a code over another one of it, and a
-- living product over a deleted one. One row always, with the key as codes are folded.
with asked as (
  select k.id from public.products_enhanced k where k.ploomes_product_id = %(key)s
  union
  select s.product_id from ploomes_sync.product_search s where s.code = ploomes_sync.fold_code(left(%(key)s, 300))
), chosen as (
  select p.id from asked a join public.products_enhanced p on p.id = a.id
  order by p.ploomes_product_id = %(key)s desc, p.deleted_at is not null, p.code = %(key)s desc nulls last, p.id
  limit 1
)
select ploomes_sync.fold_code(left(%(key)s, 300)) as folded, (to_jsonb(p) || jsonb_build_object(
  'service', (select to_jsonb(s) - 'product_id' - 'updated_at'
              from public.service_specifications s where s.product_id = p.id),
  'rental', (select to_jsonb(r) - 'product_id' - 'updated_at'
             from public.rental_specifications r where r.product_id = p.id),
  'variants', (select coalesce(jsonb_agg(to_jsonb(v) - 'product_id' - 'updated_at' - 'variant_key'
                                         || jsonb_build_object('key', v.variant_key) order by v.variant_key), '[]')
               from public.product_variants v where v.product_id = p.id),
  'suppliers', (select coalesce(jsonb_agg(to_jsonb(u) - 'product_id' - 'updated_at' order by u.name), '[]')
                from public.product_suppliers u where u.product_id = p.id)
))::text as document
from (select) as one left join chosen c on true left join public.products_enhanced p on p.id = c.id;
