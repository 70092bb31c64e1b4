-- What became of each product, and what each one lacks.

-- One row a change of business columns, written by the statement that makes the change.
create table if not exists ploomes_sync.product_changes (
  change_id bigint generated always as identity primary key,
  ploomes_id bigint not null,
  run_id uuid,
  changed_at timestamptz not null default now(),
  kind text not null check (kind in ('created', 'changed', 'removed', 'restored')),
  changes jsonb,
  xid xid8 not null default pg_current_xact_id()
);
comment on table ploomes_sync.product_changes is 'What changed in products, when and by which run.';
comment on column ploomes_sync.product_changes.run_id is
  'The run that wrote it, also when that has been forgotten; null when new rules were applied to stored records.';
comment on column ploomes_sync.product_changes.changes is
  'By column the value before and after, {"base_price": [10.00, 12.50]}; null for a product that is new.';
comment on column ploomes_sync.product_changes.xid is
  'The transaction that wrote it: whoever follows the changes reads those of ended transactions, in this order.';

create index if not exists product_changes_product on ploomes_sync.product_changes (ploomes_id, change_id);
create index if not exists product_changes_run on ploomes_sync.product_changes (run_id, change_id)
  where run_id is not null;
create index if not exists product_changes_xid on ploomes_sync.product_changes (xid, change_id);
create index if not exists product_changes_at on ploomes_sync.product_changes (changed_at);
-- The rare kinds: among millions of changes a walk in their order would meet few of them.
create index if not exists product_changes_kind on ploomes_sync.product_changes (kind, change_id)
  where kind <> 'changed';
alter table ploomes_sync.product_changes enable row level security;

-- What is wrong with the products that may be sold. An empty column counts as none; a code of the tax on goods (NCM)
-- is expected of goods only; a product without any date is not said to be old.
create or replace view ploomes_sync.product_quality with (security_invoker = true) as
select p.id, p.ploomes_product_id, p.code, p.name, p.product_type, p.category, p.brand, p.base_price, p.currency,
       p.ncm_code, p.source_updated_at,
       coalesce(btrim(p.code), '') = '' as no_code,
       coalesce(p.base_price, 0) <= 0 as price_zero,
       coalesce(btrim(p.category), '') = '' as no_category,
       p.product_type not in ('service', 'rental') and coalesce(btrim(p.ncm_code), '') = '' as no_ncm,
       coalesce(coalesce(p.source_updated_at, p.source_created_at) < now() - interval '1 year', false) as not_updated
from public.products_enhanced p
where p.deleted_at is null and p.active is not false;

select ploomes_sync.apply_access();

insert into ploomes_sync.schema_migrations (version, name) values (12, 'product_changes') on conflict do nothing;
