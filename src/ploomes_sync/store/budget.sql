-- The request budget of the account: one row for all processes on all machines.

-- name: take
-- Reserves the next slot and says how long to wait for it. `interval` is the lane's distance between two
-- requests in seconds, `ahead` how many slots this lane may run ahead of the pace. After a 429 that any process
-- met, the distance doubles for a while.
with turn as (
  update ploomes_sync.budget b
  set next_at = greatest(b.next_at, clock_timestamp(),
                         b.blocked_until + %(ahead)s * make_interval(secs => %(interval)s))
                + make_interval(secs => %(interval)s
                                * case when b.slow_until > clock_timestamp() then 2 else 1 end)
  where b.id = 'account'
  returning b.next_at
)
select greatest(clock_timestamp(), turn.next_at - (%(ahead)s + 1) * make_interval(secs => %(interval)s)) as slot,
       greatest(0, extract(epoch from turn.next_at - clock_timestamp())
                   - (%(ahead)s + 1) * %(interval)s)::float8 as wait
from turn;

-- name: slow_down
-- Somebody was told to wait: nobody asks before that, and all ask half as often for a while.
update ploomes_sync.budget b
set blocked_until = greatest(b.blocked_until, clock_timestamp() + make_interval(secs => %(pause)s)),
    slow_until = greatest(b.slow_until, clock_timestamp() + make_interval(secs => %(pause)s + %(slow)s))
where b.id = 'account';

-- name: trip
-- A breaker opened: nobody asks before it probes.
update ploomes_sync.budget b
set broken_until = clock_timestamp() + make_interval(secs => %(cooldown)s),
    blocked_until = greatest(b.blocked_until, clock_timestamp() + make_interval(secs => %(cooldown)s))
where b.id = 'account';

-- name: mend
update ploomes_sync.budget b set broken_until = '-infinity'
where b.id = 'account' and b.broken_until > '-infinity';

-- name: state
-- Times are never subtracted from -infinity: PostgreSQL before 17 refuses that.
select extract(epoch from greatest(b.blocked_until, t.now) - t.now)::float8 as blocked,
       extract(epoch from greatest(b.slow_until, t.now) - t.now)::float8 as slow,
       extract(epoch from greatest(b.next_at, t.now) - t.now)::float8 as booked,
       case when b.broken_until > t.now then 'open'
            when b.broken_until > '-infinity' then 'half_open'
            else 'closed' end as breaker
from ploomes_sync.budget b cross join (select clock_timestamp() as now offset 0) t where b.id = 'account';
