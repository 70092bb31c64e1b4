-- The history of products as it is shown; the statements that change products write it.

-- name: of_product
select c.change_id, c.ploomes_id, p.code, p.name, c.changed_at, c.run_id, c.kind, c.changes::text as changes
from ploomes_sync.product_changes c
left join public.products_enhanced p on p.ploomes_product_id = c.ploomes_id::text
where c.ploomes_id = %(ploomes_id)s and (%(before)s::bigint is null or c.change_id < %(before)s)
order by c.change_id desc
limit %(limit)s;

-- name: latest
select c.change_id, c.ploomes_id, p.code, p.name, c.changed_at, c.run_id, c.kind, c.changes::text as changes
from ploomes_sync.product_changes c
left join public.products_enhanced p on p.ploomes_product_id = c.ploomes_id::text
where (%(run_id)s::uuid is null or c.run_id = %(run_id)s)
  and (cardinality(%(columns)s::text[]) = 0 or c.changes ?| %(columns)s::text[])
  and (%(kind)s::text is null or c.kind = %(kind)s)
  and (%(before)s::bigint is null or c.change_id < %(before)s)
order by c.change_id desc
limit %(limit)s;

-- name: horizon
-- Below `ended` every transaction has ended. One from the future belongs to another cluster, which a restore has
-- brought along: `foreign` says that there are changes of such.
select pg_snapshot_xmin(s.now)::text::bigint as ended, pg_snapshot_xmax(s.now)::text::bigint as begun,
       exists (select from ploomes_sync.product_changes c where c.xid >= pg_snapshot_xmax(s.now)) as foreign
from (select pg_current_snapshot() as now) s;

-- name: adopt
-- Restored changes count as older than anything that this cluster writes; doing it again finds none.
update ploomes_sync.product_changes c
set xid = '3'
where c.xid >= pg_snapshot_xmax(pg_current_snapshot());

-- name: followed
-- In the order of transactions, of ended ones only: whatever commits later has its place behind these.
select c.change_id, c.ploomes_id, p.code, p.name, c.changed_at, c.run_id, c.kind, c.changes::text as changes,
       c.xid::text::bigint as xid
from ploomes_sync.product_changes c
left join public.products_enhanced p on p.ploomes_product_id = c.ploomes_id::text
where c.xid < %(ended)s::text::xid8
  and (c.xid, c.change_id) > (%(after_xid)s::text::xid8, %(after_id)s::bigint)
  and c.changed_at >= %(since)s
  and (%(run_id)s::uuid is null or c.run_id = %(run_id)s)
  and (cardinality(%(columns)s::text[]) = 0 or c.changes ?| %(columns)s::text[])
  and (%(kind)s::text is null or c.kind = %(kind)s)
order by c.xid, c.change_id
limit %(limit)s;

-- name: of_run
-- What a run changed, by kind and by column, most frequent first.
with written as materialized (
  select c.kind, c.changes from ploomes_sync.product_changes c where c.run_id = %(run_id)s
)
select f.counted, f.name, f.changes
from (select 'kinds' as counted, w.kind as name, count(*) as changes from written w group by w.kind
      union all
      select 'columns', k.name, count(*)
      from written w cross join lateral jsonb_object_keys(w.changes) as k (name) group by k.name) f
order by f.changes desc, f.name;

-- name: forget
delete from ploomes_sync.product_changes c where c.changed_at < now() - make_interval(days => %(days)s);
