-- Failed attempts by minute, class and endpoint.

-- name: record
insert into ploomes_sync.error_stats as e (minute, error_class, endpoint, failures)
select date_trunc('minute', now()), i.error_class, i.endpoint, i.failures
from unnest(%(classes)s::text[], %(endpoints)s::text[], %(failures)s::integer[])
  as i (error_class, endpoint, failures)
order by i.error_class, i.endpoint
on conflict (minute, error_class, endpoint) do update set failures = e.failures + excluded.failures;

-- name: stats
select e.error_class, e.endpoint, sum(e.failures)::integer as failures, min(e.minute) as first_at,
       max(e.minute) as last_at
from ploomes_sync.error_stats e
where e.minute >= %(since)s
group by e.error_class, e.endpoint
order by failures desc, e.error_class, e.endpoint;

-- name: forget
delete from ploomes_sync.error_stats e where e.minute < %(before)s;
