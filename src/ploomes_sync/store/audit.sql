-- What the mirror holds, for the proof that it equals the source; nothing here writes.

-- name: held
-- The next stored records by id with the rows made of them, and everything that hangs on the rows.
select s.ploomes_id, s.payload::text as payload, p.id is not null and p.deleted_at is null as alive,
       p.name, p.code, p.base_price, p.active, p.currency, p.unit_of_measure, p.image_url, p.group_name,
       p.family_name, p.source_created_at, p.source_updated_at, p.custom_fields::text as custom_fields,
       ((to_jsonb(p) - 'custom_fields') || jsonb_build_object(
         'service', (select to_jsonb(c) - 'product_id' - 'updated_at'
                     from public.service_specifications c where c.product_id = p.id),
         'rental', (select to_jsonb(r) - 'product_id' - 'updated_at'
                    from public.rental_specifications r where r.product_id = p.id),
         'variants', (select jsonb_agg(to_jsonb(v) - 'product_id' - 'updated_at')
                      from public.product_variants v where v.product_id = p.id),
         'suppliers', (select jsonb_agg(to_jsonb(u) - 'product_id' - 'updated_at')
                       from public.product_suppliers u where u.product_id = p.id)))::text as columns
from ploomes_sync.payloads s
left join public.products_enhanced p on p.ploomes_product_id = s.ploomes_id::text
where s.ploomes_id > %(after)s and (%(ids)s::bigint[] is null or s.ploomes_id = any(%(ids)s::bigint[]))
order by s.ploomes_id
limit %(limit)s;

-- name: held_dates
-- The same without the records: enough to tell who is there and how fresh.
select s.ploomes_id, p.id is not null and p.deleted_at is null as alive, p.source_updated_at
from ploomes_sync.payloads s
left join public.products_enhanced p on p.ploomes_product_id = s.ploomes_id::text
where s.ploomes_id > %(after)s
order by s.ploomes_id
limit %(limit)s;

-- name: without_record
-- Products of Ploomes in the catalogue whose record is not kept: there should be none.
select p.ploomes_product_id::bigint as ploomes_id
from public.products_enhanced p
where p.deleted_at is null and p.ploomes_product_id ~ '^[1-9][0-9]{0,17}$'
  and not exists (select from ploomes_sync.payloads s where s.ploomes_id = p.ploomes_product_id::bigint);

-- name: parked
select q.ploomes_id from ploomes_sync.quarantine q;
