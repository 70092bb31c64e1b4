-- How late changes of the source were committed, by minute, strategy and bucket.

-- name: note
-- Counts changes by their delay until now. A product that the mirror did not hold counts only if it changed after
-- the watermark: an older one is a first load or a refill, and was not late. Rows are taken in the order of buckets.
insert into ploomes_sync.freshness as f (minute, strategy, bucket, changes)
select date_trunc('minute', now()), r.strategy, d.bucket, count(*)
from unnest(%(dates)s::timestamptz[], %(known)s::boolean[]) as i (date, known)
cross join lateral (
  select floor(4 / ln(2::float8) * ln(
    least(greatest(extract(epoch from clock_timestamp() - i.date), 0.0625), 8388608)::float8))::smallint as bucket
) as d
join ploomes_sync.runs r on r.id = %(run_id)s and r.strategy is not null
where i.known or i.date > (
  select c.watermark from ploomes_sync.runs c
  where c.covering and c.status in ('succeeded', 'partial') and c.watermark is not null
  order by c.started_at desc limit 1)
group by r.strategy, d.bucket
order by r.strategy, d.bucket
on conflict (minute, strategy, bucket) do update set changes = f.changes + excluded.changes;

-- name: buckets
select f.strategy, f.bucket as number, sum(f.changes)::integer as changes
from ploomes_sync.freshness f
where f.minute >= %(since)s
group by f.strategy, f.bucket
order by f.strategy, f.bucket;

-- name: forget
delete from ploomes_sync.freshness f where f.minute < clock_timestamp() - make_interval(days => %(days)s);
