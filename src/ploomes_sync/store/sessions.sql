-- What sessions are signed with; each statement stands alone.

-- name: secret
select s.secret from ploomes_sync.session_secrets s where s.id = 'sessions';

-- name: make
-- Of processes that make one at once the first wins; repeating it changes nothing.
insert into ploomes_sync.session_secrets (id, secret) values ('sessions', %(secret)s)
on conflict (id) do nothing;

-- name: renew
-- Repeating it ends once more what has begun since.
insert into ploomes_sync.session_secrets (id, secret) values ('sessions', %(secret)s)
on conflict (id) do update set secret = excluded.secret, made_at = clock_timestamp();
