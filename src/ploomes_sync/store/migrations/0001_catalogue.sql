-- The catalogue tables that people read, and the private schema beside them.
-- Nothing here is readable by Supabase's API roles: exposing the catalogue is a choice of its own.
create schema if not exists ploomes_sync;
create schema if not exists extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;

create table if not exists ploomes_sync.schema_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);

create table if not exists public.products_enhanced (
  id bigserial primary key,
  ploomes_product_id text unique not null,
  external_id text,
  name text not null,
  code text,
  description text,
  product_type varchar(20) not null default 'product'
    check (product_type::text in ('product', 'service', 'rental', 'kit', 'component')),
  category text,
  subcategory text,
  brand text,
  segments text[] not null default '{}',
  group_name text,
  family_name text,
  base_price numeric(15,2) default 0.00,
  cost_price numeric(15,2),
  currency varchar(3) default 'BRL',
  weight numeric(10,3),
  dimensions jsonb,
  ncm_code varchar(10),
  cfop_code varchar(4),
  stock_quantity integer default 0,
  unit_of_measure varchar(10) default 'UN',
  active boolean default true,
  available_for_sale boolean default true,
  source_system varchar(20) default 'ploomes',
  created_by text,
  image_url text,
  source_created_at timestamptz,
  source_updated_at timestamptz,
  tags jsonb default '[]',
  custom_fields jsonb default '{}',
  deleted_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_sync_at timestamptz default now(),
  sync_version integer default 1
);
comment on table public.products_enhanced is 'One row a product of Ploomes; deleted ones stay with deleted_at.';
comment on column public.products_enhanced.last_sync_at is 'When a sync last changed this row, not when it last looked.';
comment on column public.products_enhanced.sync_version is 'How often a sync has changed this row.';
comment on column public.products_enhanced.segments is 'The segments of the profile that this product belongs to; they overlap.';

create table if not exists public.service_specifications (
  product_id bigint primary key references public.products_enhanced (id) on delete cascade,
  duration_hours numeric(10,2),
  billing_cycle text,
  response_hours numeric(10,2),
  completion_hours numeric(10,2),
  required_skills text[] not null default '{}',
  location text,
  warranty_months integer,
  updated_at timestamptz not null default now()
);

create table if not exists public.rental_specifications (
  product_id bigint primary key references public.products_enhanced (id) on delete cascade,
  minimum_period_days integer,
  maximum_period_days integer,
  daily_rate numeric(15,2),
  weekly_rate numeric(15,2),
  monthly_rate numeric(15,2),
  total_units integer,
  available_units integer,
  deposit numeric(15,2),
  late_fee numeric(15,2),
  damage_fee numeric(15,2),
  delivery_available boolean,
  pickup_available boolean,
  updated_at timestamptz not null default now()
);

create table if not exists public.product_variants (
  product_id bigint not null references public.products_enhanced (id) on delete cascade,
  variant_key text not null,
  kind text not null check (kind in ('attribute', 'part')),
  size text,
  color text,
  model text,
  code text,
  price numeric(15,2),
  part_product_id text,
  quantity numeric(15,3),
  required boolean,
  updated_at timestamptz not null default now(),
  primary key (product_id, variant_key)
);
comment on column public.product_variants.part_product_id is
  'For parts of a kit: the ploomes_product_id of the part; no foreign key, since the part may arrive later.';

create table if not exists public.product_suppliers (
  product_id bigint not null references public.products_enhanced (id) on delete cascade,
  name text not null,
  code text,
  cost_price numeric(15,2),
  lead_time_days integer,
  minimum_order numeric(15,3),
  preferred boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (product_id, name)
);

create table if not exists public.api_cache (
  key text primary key,
  data jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index if not exists api_cache_expires_at on public.api_cache (expires_at);

-- What the compare step reads instead of the wide rows: one narrow row a product.
create table if not exists ploomes_sync.product_state (
  ploomes_id bigint primary key,
  fingerprint bytea not null,
  raw_digest bytea not null,
  source_updated_at timestamptz,
  requested_at timestamptz not null,
  deleted_at timestamptz
);
comment on column ploomes_sync.product_state.raw_digest is
  'Of the rules (8 bytes) and of the very bytes of the record (16): equal means that it need not be read again.';
comment on column ploomes_sync.product_state.requested_at is
  'When the request that brought the stored copy (or proved the deletion) began.';

create table if not exists ploomes_sync.payloads (
  ploomes_id bigint primary key,
  payload json not null,
  fetched_at timestamptz not null
);

create table if not exists ploomes_sync.lookups (
  id text primary key,
  tables json not null,
  fetched_at timestamptz not null default now(),
  read_at timestamptz not null default now()
);
comment on column ploomes_sync.lookups.read_at is 'When the account was last asked; fetched_at, when something had changed.';

create or replace view public.products_with_specifications with (security_invoker = true) as
select p.id, p.ploomes_product_id, p.external_id, p.name, p.code, p.description, p.product_type, p.category,
       p.subcategory, p.brand, p.segments, p.group_name, p.family_name, p.base_price, p.currency, p.ncm_code,
       p.cfop_code, p.weight, p.dimensions, p.stock_quantity, p.unit_of_measure, p.active, p.available_for_sale,
       p.image_url, p.source_created_at, p.source_updated_at, p.last_sync_at,
       s.duration_hours, s.billing_cycle, s.response_hours, s.completion_hours, s.required_skills,
       s.location as service_location, s.warranty_months,
       r.minimum_period_days, r.maximum_period_days, r.daily_rate, r.weekly_rate, r.monthly_rate,
       r.total_units, r.available_units, r.deposit, r.late_fee, r.damage_fee,
       r.delivery_available, r.pickup_available
from public.products_enhanced p
left join public.service_specifications s on s.product_id = p.id
left join public.rental_specifications r on r.product_id = p.id
where p.deleted_at is null;

do $access$
declare
  t regclass;
  r text;
begin
  foreach t in array array['public.products_enhanced', 'public.service_specifications',
      'public.rental_specifications', 'public.product_variants', 'public.product_suppliers', 'public.api_cache',
      'ploomes_sync.schema_migrations', 'ploomes_sync.product_state', 'ploomes_sync.payloads',
      'ploomes_sync.lookups']::regclass[] loop
    execute format('alter table %s enable row level security', t);
  end loop;
  revoke all on schema ploomes_sync from public;
  for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on public.products_enhanced, public.service_specifications, '
                   'public.rental_specifications, public.product_variants, public.product_suppliers, '
                   'public.api_cache, public.products_with_specifications from %I', r);
    execute format('revoke all on sequence public.products_enhanced_id_seq from %I', r);
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (1, 'catalogue') on conflict do nothing;
