-- What is old and no longer needed goes; what the next sync builds on stays.

-- name: forget_runs
-- The newest covering runs hold the watermark and say when everything was last read: they stay however old.
delete from ploomes_sync.runs r
where r.status not in ('queued', 'running', 'needs_confirmation')
  and r.finished_at < clock_timestamp() - make_interval(days => %(days)s)
  and r.id not in (
    select distinct on (k.complete, k.watermark is null) k.id from ploomes_sync.runs k
    where k.covering and k.status in ('succeeded', 'partial')
    order by k.complete, k.watermark is null, k.started_at desc);

-- name: forget_events
delete from ploomes_sync.run_events e where e.at < clock_timestamp() - make_interval(days => %(days)s);
