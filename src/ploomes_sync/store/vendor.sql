-- What a probe has learnt of the account's server.

-- name: save
insert into ploomes_sync.vendor_facts as v (id, facts, probed_at) values ('account', %(facts)s::json, now())
on conflict (id) do update set facts = excluded.facts, probed_at = now();

-- name: load
select v.facts::text as facts from ploomes_sync.vendor_facts v where v.id = 'account';
