-- What is wrong with the products that may be sold.

-- name: counts
-- One pass over the products, and one over the codes as the search knows them.
select c.*, d.duplicate_code
from (select count(*) as products, count(*) filter (where v.no_code) as no_code,
             count(*) filter (where v.price_zero) as price_zero,
             count(*) filter (where v.no_category) as no_category,
             count(*) filter (where v.no_ncm) as no_ncm,
             count(*) filter (where v.not_updated) as not_updated
      from ploomes_sync.product_quality v) c
cross join (
  select coalesce(sum(t.products), 0)::bigint as duplicate_code
  from (select count(*) as products from ploomes_sync.product_search s
        where s.code <> '' and s.active and not s.deleted
        group by s.code having count(*) > 1) t) d;

-- name: listed
select v.id, '' as place, v.ploomes_product_id, v.code, v.name, v.product_type, v.category, v.brand, v.base_price,
       v.currency, v.ncm_code, v.source_updated_at
from ploomes_sync.product_quality v
where v.id > %(after_id)s
  and case %(key)s::text when 'no_code' then v.no_code when 'price_zero' then v.price_zero
        when 'no_category' then v.no_category when 'no_ncm' then v.no_ncm when 'not_updated' then v.not_updated end
order by v.id
limit %(limit)s;

-- name: duplicates
-- By code, so that those which share one stand together; a code is counted whole, also where a page has cut it.
select v.id, t.code as place, v.ploomes_product_id, v.code, v.name, v.product_type, v.category, v.brand,
       v.base_price, v.currency, v.ncm_code, v.source_updated_at
from (select s.code, s.product_id, count(*) over (partition by s.code) as products
      from ploomes_sync.product_search s
      where s.code <> '' and s.active and not s.deleted and s.code >= %(after_code)s) t
join ploomes_sync.product_quality v on v.id = t.product_id
where t.products > 1 and (t.code, t.product_id) > (%(after_code)s, %(after_id)s::bigint)
order by t.code, t.product_id
limit %(limit)s;
