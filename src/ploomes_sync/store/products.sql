-- The write path of products. Locks are always taken in the order of ploomes_id on product_state first,
-- so that two writers of the same products wait for each other and never deadlock.

-- name: raw_digests
select s.ploomes_id, s.raw_digest
from ploomes_sync.product_state s
where s.ploomes_id = any(%(ids)s) and s.deleted_at is null;

-- name: state_of
-- What the mirror holds of these products; the compare step reads only this narrow table.
select s.ploomes_id, s.fingerprint, s.raw_digest, s.source_updated_at, s.deleted_at is not null as deleted
from ploomes_sync.product_state s
where s.ploomes_id = any(%(ids)s);

-- name: payloads_of
select s.ploomes_id, s.payload::text as payload from ploomes_sync.payloads s where s.ploomes_id = any(%(ids)s);

-- name: accept
-- Repeating it changes nothing: the same row from the same bytes is refused (the first 8 of a raw digest are of the
-- rules), and so is a copy that is older than ours.
-- Older means: an earlier LastUpdateDate, or the same (or none) from an earlier request. A tombstone yields only
-- to a request that began after the one that proved the deletion.
insert into ploomes_sync.product_state as s
  (ploomes_id, fingerprint, raw_digest, source_updated_at, requested_at, deleted_at)
select i.ploomes_id, i.fingerprint, i.raw_digest, i.source_updated_at, %(requested_at)s, null
from unnest(%(ids)s::bigint[], %(fingerprints)b::bytea[], %(raw_digests)b::bytea[], %(dates)s::timestamptz[])
  as i (ploomes_id, fingerprint, raw_digest, source_updated_at)
order by i.ploomes_id
on conflict (ploomes_id) do update
set fingerprint = excluded.fingerprint, raw_digest = excluded.raw_digest,
    source_updated_at = excluded.source_updated_at, requested_at = excluded.requested_at, deleted_at = null
where (s.fingerprint <> excluded.fingerprint or s.deleted_at is not null
       or substr(s.raw_digest, 9) <> substr(excluded.raw_digest, 9))
  and case
        when s.deleted_at is not null then excluded.requested_at > s.requested_at
        when s.source_updated_at <> excluded.source_updated_at then excluded.source_updated_at > s.source_updated_at
        else excluded.requested_at >= s.requested_at
      end
returning s.ploomes_id;

-- name: learn_digests
-- New rules made nothing new of these: only then are equal rows told so, once.
update ploomes_sync.product_state s
set raw_digest = i.raw_digest
from (select u.ploomes_id, u.fingerprint, u.raw_digest
      from unnest(%(ids)s::bigint[], %(fingerprints)b::bytea[], %(raw_digests)b::bytea[])
        as u (ploomes_id, fingerprint, raw_digest)
      join ploomes_sync.product_state l using (ploomes_id)
      order by u.ploomes_id for update of l) i
where s.ploomes_id = i.ploomes_id and s.fingerprint = i.fingerprint
  and substr(s.raw_digest, 9) = substr(i.raw_digest, 9);

-- name: upsert_products
-- Only rows that were accepted come here; each change counts in sync_version. What became of the recorded columns
-- goes into the history, as the table has rounded them: beside `written` a statement still sees the rows as they
-- were, and `accept` keeps other syncs from them. What comes before the first sync of all has ended is no history.
with written as (
  insert into public.products_enhanced as p
    (ploomes_product_id, external_id, name, code, description, product_type, category, subcategory, brand,
     segments, group_name, family_name, base_price, cost_price, currency, weight, dimensions, ncm_code, cfop_code,
     stock_quantity, unit_of_measure, active, available_for_sale, source_system, created_by, image_url,
     source_created_at, source_updated_at, tags, custom_fields)
  select r.ploomes_product_id, r.external_id, r.name, r.code, r.description, r.product_type, r.category,
         r.subcategory, r.brand, r.segments, r.group_name, r.family_name, r.base_price, r.cost_price, r.currency,
         r.weight, r.dimensions, r.ncm_code, r.cfop_code, r.stock_quantity, r.unit_of_measure, r.active,
         r.available_for_sale, r.source_system, r.created_by, r.image_url, r.source_created_at, r.source_updated_at,
         r.tags, r.custom_fields
  from jsonb_to_recordset(%(rows)s::jsonb) as r
    (ploomes_product_id text, external_id text, name text, code text, description text, product_type text,
     category text, subcategory text, brand text, segments text[], group_name text, family_name text,
     base_price numeric, cost_price numeric, currency text, weight numeric, dimensions jsonb, ncm_code text,
     cfop_code text, stock_quantity integer, unit_of_measure text, active boolean, available_for_sale boolean,
     source_system text, created_by text, image_url text, source_created_at timestamptz,
     source_updated_at timestamptz, tags jsonb, custom_fields jsonb)
  order by r.ploomes_product_id
  on conflict (ploomes_product_id) do update
  set external_id = excluded.external_id, name = excluded.name, code = excluded.code,
      description = excluded.description, product_type = excluded.product_type, category = excluded.category,
      subcategory = excluded.subcategory, brand = excluded.brand, segments = excluded.segments,
      group_name = excluded.group_name, family_name = excluded.family_name, base_price = excluded.base_price,
      cost_price = excluded.cost_price, currency = excluded.currency, weight = excluded.weight,
      dimensions = excluded.dimensions, ncm_code = excluded.ncm_code, cfop_code = excluded.cfop_code,
      stock_quantity = excluded.stock_quantity, unit_of_measure = excluded.unit_of_measure,
      active = excluded.active, available_for_sale = excluded.available_for_sale,
      source_system = excluded.source_system, created_by = excluded.created_by, image_url = excluded.image_url,
      source_created_at = excluded.source_created_at, source_updated_at = excluded.source_updated_at,
      tags = excluded.tags, custom_fields = excluded.custom_fields, deleted_at = null, updated_at = now(),
      last_sync_at = now(), sync_version = p.sync_version + 1
  returning p.ploomes_product_id, p.sync_version, p.name, p.code, p.external_id, p.product_type, p.category,
            p.subcategory, p.brand, p.segments, p.group_name, p.family_name, p.base_price, p.cost_price, p.currency,
            p.stock_quantity, p.unit_of_measure, p.ncm_code, p.cfop_code, p.active, p.available_for_sale,
            p.source_system
)
insert into ploomes_sync.product_changes (ploomes_id, run_id, kind, changes)
select w.ploomes_product_id::bigint, %(run_id)s::uuid,
       case when b.deleted_at is null then 'changed' else 'restored' end, d.changes
from written w
cross join lateral (
  select o.* from public.products_enhanced o where o.ploomes_product_id = w.ploomes_product_id offset 0) b
cross join lateral (
  select jsonb_strip_nulls(jsonb_build_object(
    'name', case when b.name is distinct from w.name then jsonb_build_array(b.name, w.name) end,
    'code', case when b.code is distinct from w.code then jsonb_build_array(b.code, w.code) end,
    'external_id', case when b.external_id is distinct from w.external_id then
      jsonb_build_array(b.external_id, w.external_id) end,
    'product_type', case when b.product_type is distinct from w.product_type then
      jsonb_build_array(b.product_type, w.product_type) end,
    'category', case when b.category is distinct from w.category then
      jsonb_build_array(b.category, w.category) end,
    'subcategory', case when b.subcategory is distinct from w.subcategory then
      jsonb_build_array(b.subcategory, w.subcategory) end,
    'brand', case when b.brand is distinct from w.brand then jsonb_build_array(b.brand, w.brand) end,
    'segments', case when b.segments is distinct from w.segments then
      jsonb_build_array(b.segments, w.segments) end,
    'group_name', case when b.group_name is distinct from w.group_name then
      jsonb_build_array(b.group_name, w.group_name) end,
    'family_name', case when b.family_name is distinct from w.family_name then
      jsonb_build_array(b.family_name, w.family_name) end,
    'base_price', case when b.base_price is distinct from w.base_price then
      jsonb_build_array(b.base_price, w.base_price) end,
    'cost_price', case when b.cost_price is distinct from w.cost_price then
      jsonb_build_array(b.cost_price, w.cost_price) end,
    'currency', case when b.currency is distinct from w.currency then
      jsonb_build_array(b.currency, w.currency) end,
    'stock_quantity', case when b.stock_quantity is distinct from w.stock_quantity then
      jsonb_build_array(b.stock_quantity, w.stock_quantity) end,
    'unit_of_measure', case when b.unit_of_measure is distinct from w.unit_of_measure then
      jsonb_build_array(b.unit_of_measure, w.unit_of_measure) end,
    'ncm_code', case when b.ncm_code is distinct from w.ncm_code then
      jsonb_build_array(b.ncm_code, w.ncm_code) end,
    'cfop_code', case when b.cfop_code is distinct from w.cfop_code then
      jsonb_build_array(b.cfop_code, w.cfop_code) end,
    'active', case when b.active is distinct from w.active then jsonb_build_array(b.active, w.active) end,
    'available_for_sale', case when b.available_for_sale is distinct from w.available_for_sale then
      jsonb_build_array(b.available_for_sale, w.available_for_sale) end,
    'source_system', case when b.source_system is distinct from w.source_system then
      jsonb_build_array(b.source_system, w.source_system) end)) as changes
  offset 0) d
where w.sync_version > 1 and (d.changes <> '{}' or b.deleted_at is not null)
union all
select w.ploomes_product_id::bigint, %(run_id)s::uuid, 'created', null
from written w
where w.sync_version = 1
  and (select exists (select from ploomes_sync.runs r where r.covering and r.status in ('succeeded', 'partial')));

-- name: upsert_payloads
-- The payloads travel in binary: as text, every quote in every one of them would have to be escaped.
insert into ploomes_sync.payloads as s (ploomes_id, payload, fetched_at)
select i.ploomes_id, i.payload::json, %(requested_at)s
from unnest(%(ids)s::bigint[], %(payloads)b::text[]) as i (ploomes_id, payload)
order by i.ploomes_id
on conflict (ploomes_id) do update set payload = excluded.payload, fetched_at = excluded.fetched_at;

-- name: payloads_after
-- The stored records in the order of their ids, for re-classification without a request to Ploomes.
select s.ploomes_id, s.payload::text as payload, t.requested_at
from ploomes_sync.payloads s join ploomes_sync.product_state t using (ploomes_id)
where s.ploomes_id > %(after)s and t.deleted_at is null
order by s.ploomes_id
limit %(limit)s;

-- name: payload_of
-- One stored record, by Ploomes' id or by code; an exact id wins over a code that looks like one.
with asked as (
  select k.id from public.products_enhanced k where k.ploomes_product_id = %(key)s
  union
  select i.product_id from ploomes_sync.product_search i where i.code = ploomes_sync.fold_code(left(%(key)s, 300))
)
select p.ploomes_product_id, s.payload::text as payload, s.fetched_at
from asked a
join public.products_enhanced p on p.id = a.id
join ploomes_sync.payloads s on s.ploomes_id = p.ploomes_product_id::bigint
order by p.ploomes_product_id = %(key)s desc, p.deleted_at is not null, p.code = %(key)s desc nulls last, p.id
limit 1;

-- name: missing_from
-- Our rows inside a page's span that the page lacks and that were not written after its request began.
select s.ploomes_id
from ploomes_sync.product_state s
where s.ploomes_id > %(after)s
  and (%(upto)s::bigint is null or s.ploomes_id <= %(upto)s)
  and s.deleted_at is null
  and s.requested_at < %(requested_at)s
  and s.ploomes_id <> all(%(ids)s::bigint[])
  and (cardinality(%(segments)s::text[]) = 0 or exists (
    select from public.products_enhanced p
    where p.ploomes_product_id = s.ploomes_id::text and p.segments && %(segments)s::text[]))
order by s.ploomes_id;

-- name: mark_deleted
-- Marks only what was not written after the request began that proved the absence.
with gone as (
  update ploomes_sync.product_state s
  set deleted_at = now(), requested_at = %(requested_at)s
  where s.ploomes_id = any(%(ids)s) and s.deleted_at is null and s.requested_at < %(requested_at)s
  returning s.ploomes_id
), before as materialized (
  select g.ploomes_id, p.id, p.active, p.available_for_sale
  from gone g join public.products_enhanced p on p.ploomes_product_id = g.ploomes_id::text
), marked as (
  update public.products_enhanced p
  set deleted_at = now(), active = false, available_for_sale = false, updated_at = now(), last_sync_at = now(),
      sync_version = p.sync_version + 1
  from before b
  where p.id = b.id
  returning b.ploomes_id, b.active, b.available_for_sale
)
insert into ploomes_sync.product_changes (ploomes_id, run_id, kind, changes)
select m.ploomes_id, %(run_id)s, 'removed',
       case when m.active then jsonb_build_object('active', '[true, false]'::jsonb) else '{}' end
       || case when m.available_for_sale then jsonb_build_object('available_for_sale', '[true, false]'::jsonb)
          else '{}' end
from marked m;

-- name: count_stored
select count(*) as stored from ploomes_sync.product_state s where s.deleted_at is null;

-- name: count_alive
select count(*) as alive from ploomes_sync.product_state s
where s.ploomes_id = any(%(ids)s) and s.deleted_at is null;

-- name: sentinels
-- Products that ought to be alive: a by-id answer that lacks all of them, too, is no proof of anything. They are
-- the two that were written last, the oldest and the newest, so that a deletion of many related ones leaves some.
with alive as not materialized (
  select s.ploomes_id, s.requested_at from ploomes_sync.product_state s
  where s.deleted_at is null and s.ploomes_id <> all(%(ids)s::bigint[])
    and not exists (select from ploomes_sync.run_suspects u
                    where u.run_id = %(run_id)s and u.ploomes_id = s.ploomes_id)
)
(select a.ploomes_id from alive a order by a.requested_at desc, a.ploomes_id limit 2)
union
(select a.ploomes_id from alive a order by a.ploomes_id limit 1)
union
(select a.ploomes_id from alive a order by a.ploomes_id desc limit 1);
