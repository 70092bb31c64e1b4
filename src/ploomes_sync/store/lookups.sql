-- The account's small tables (fields, groups, families, lists, users, currencies), kept as one document.

-- name: save
-- Written only when something changed.
insert into ploomes_sync.lookups as l (id, tables, fetched_at) values ('account', %(tables)s::json, now())
on conflict (id) do update set tables = excluded.tables, fetched_at = now()
where l.tables::text <> excluded.tables::text;

-- name: mark_read
update ploomes_sync.lookups l set read_at = now() where l.id = 'account';

-- name: age
select extract(epoch from clock_timestamp() - l.read_at)::float8 as seconds
from ploomes_sync.lookups l where l.id = 'account';

-- name: load
select l.tables::text as tables from ploomes_sync.lookups l where l.id = 'account';
