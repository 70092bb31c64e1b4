-- The account's small tables (fields, groups, families, lists, users, currencies), kept as one document.

-- name: save
-- Written only when something changed.
insert into ploomes_sync.lookups as l (id, tables, fetched_at) values ('account', %(tables)s::json, now())
on conflict (id) do update set tables = excluded.tables, fetched_at = now()
where l.tables::text <> excluded.tables::text;

-- name: load
select l.tables::text as tables from ploomes_sync.lookups l where l.id = 'account';
