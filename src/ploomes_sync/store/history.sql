-- The history of runs as it is shown.

-- name: recent
select r.* from ploomes_sync.runs r
where (%(since)s::timestamptz is null or r.created_at >= %(since)s)
  and (%(until)s::timestamptz is null or r.created_at < %(until)s)
  and (%(status)s::text is null or r.status = %(status)s)
  and (%(strategy)s::text is null or r.strategy = %(strategy)s)
  and (%(category)s::text is null or r.request -> 'segments' ? %(category)s)
  and (%(error_class)s::text is null or r.errors ? %(error_class)s)
  and (%(text)s = '' or position(lower(%(text)s) in lower(concat_ws(' ', r.id, r.reason, r.error))) > 0
    or exists (select from ploomes_sync.run_events e where e.run_id = r.id
                 and position(lower(%(text)s) in lower(concat_ws(' ', e.event, e.detail))) > 0))
  and (%(after_at)s::timestamptz is null
    or (r.created_at, r.id) < (%(after_at)s::timestamptz, %(after_id)s::uuid))
order by r.created_at desc, r.id desc
limit %(limit)s;

-- name: events
select e.id, e.at, e.event, e.detail from ploomes_sync.run_events e
where e.run_id = %(run_id)s and e.id > %(after)s order by e.id limit %(limit)s;

-- name: missing
-- What a held deletion would remove, as far as it has not gone already.
select s.ploomes_id as id, p.code, p.name, p.source_updated_at as changed_at,
       greatest(t.requested_at, w.began_at) as last_seen_at
from ploomes_sync.run_suspects s
join public.products_enhanced p on p.ploomes_product_id = s.ploomes_id::text
join ploomes_sync.product_state t on t.ploomes_id = s.ploomes_id
cross join (
  select max(r.started_at) as began_at
  from ploomes_sync.runs r join ploomes_sync.runs me on me.id = %(run_id)s and r.started_at < me.started_at
  where r.covering and r.complete and r.status in ('succeeded', 'partial')) w
where s.run_id = %(run_id)s and p.deleted_at is null and s.ploomes_id > %(after)s
order by s.ploomes_id
limit %(limit)s;
