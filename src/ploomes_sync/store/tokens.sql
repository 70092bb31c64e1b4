-- The tokens of the HTTP API; each statement stands alone, and repeating one changes nothing more.

-- name: add
-- A name that is in use stays as it is and gives no row.
insert into ploomes_sync.api_tokens (name, hash, scope, expires_at)
values (%(name)s, %(hash)s, %(scope)s,
        clock_timestamp() + case when %(days)s::float8 is null then null
                                 else make_interval(secs => %(days)s::float8 * 86400) end)
on conflict (name) where revoked_at is null do nothing
returning id, name, scope, created_at, expires_at, last_used_at, revoked_at;

-- name: all
-- Newest first; what is revoked or has run out is listed, too.
select id, name, scope, created_at, expires_at, last_used_at, revoked_at
from ploomes_sync.api_tokens
order by id desc;

-- name: snapshot
-- Everything that checking a request needs: the tokens that count, and whether there ever was one.
select hash, id, name, scope, expires_at
from ploomes_sync.api_tokens
where revoked_at is null and (expires_at is null or expires_at > clock_timestamp());

-- name: any
select exists (select from ploomes_sync.api_tokens) as made;

-- name: revoke
-- By name or by number; a second time finds nothing.
update ploomes_sync.api_tokens
set revoked_at = clock_timestamp()
where revoked_at is null and (name = %(key)s or id::text = %(key)s)
returning id, name, scope, created_at, expires_at, last_used_at, revoked_at;

-- name: revoke_numbered
update ploomes_sync.api_tokens
set revoked_at = clock_timestamp()
where revoked_at is null and id = %(id)s
returning id, name, scope, created_at, expires_at, last_used_at, revoked_at;

-- name: touch
-- Once a minute is enough to see which tokens are in use.
update ploomes_sync.api_tokens
set last_used_at = clock_timestamp()
where id = any(%(ids)s) and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute');
