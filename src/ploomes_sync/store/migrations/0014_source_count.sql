-- How many products Ploomes has, as it said at the end of the newest run that covered everything.
create table if not exists ploomes_sync.source_counts (
  id text primary key check (id = 'account'),
  run_id uuid,
  counted_at timestamptz not null,
  products integer not null,
  stored integer not null,
  parked integer not null
);
comment on table ploomes_sync.source_counts is
  'Written by the transaction that ends the run: stored and parked are what the mirror and quarantine had then.';
comment on column ploomes_sync.source_counts.parked is 'Of products that the mirror has in no state at all.';
alter table ploomes_sync.source_counts enable row level security;

select ploomes_sync.apply_access();

insert into ploomes_sync.schema_migrations (version, name) values (14, 'source_count') on conflict do nothing;
