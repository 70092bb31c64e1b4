-- What caches share and what they must forget.

-- name: cached
-- One row always: the snapshot to compute from, and the shared answer if it still holds. A snapshot from a future
-- that never was is one of another cluster, which a restore has brought along.
select pg_current_snapshot()::text as snapshot, a.data::text as data,
       extract(epoch from clock_timestamp() - a.created_at)::float8 as age
from (select) as one
left join public.api_cache a on a.key = %(key)s and a.expires_at > clock_timestamp()
  and pg_snapshot_xmax(a.snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
  and not exists (
    select from ploomes_sync.catalogue_changes c
    where c.xid >= pg_snapshot_xmin(a.snapshot) and not pg_visible_in_snapshot(c.xid, a.snapshot));

-- name: share
-- Repeating it changes nothing that a reader could see: an answer is as good as its snapshot.
insert into public.api_cache as a (key, data, created_at, expires_at, snapshot)
values (%(key)s, %(data)s::jsonb, now(), now() + make_interval(secs => %(seconds)s), %(snapshot)s::pg_snapshot)
on conflict (key) do update
set data = excluded.data, created_at = excluded.created_at, expires_at = excluded.expires_at,
    snapshot = excluded.snapshot;

-- name: changes
-- One row at least: what has been committed since the snapshot of the last call, and what the next call needs.
-- `lost` says that nobody can tell any more: too long ago, or the database has gone back in time.
select s.now::text as snapshot, s.at, c.id is not null as changed, c.names,
       s.at - %(at)s::float8 > %(longest)s or pg_snapshot_xmax(s.now) < pg_snapshot_xmax(%(since)s::pg_snapshot) as lost
from (select pg_current_snapshot() as now, extract(epoch from clock_timestamp())::float8 as at) s
left join ploomes_sync.catalogue_changes c
  on c.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
  and not pg_visible_in_snapshot(c.xid, %(since)s::pg_snapshot);

-- name: purge_expired
delete from public.api_cache a where a.expires_at <= now();

-- name: forget_changes
delete from ploomes_sync.catalogue_changes c where c.at < now() - make_interval(secs => %(seconds)s);
