-- The tables that hang on a product: each is written only for products that were accepted as changed.
-- Owners are looked up one by one (`offset 0`): a join would read all products while the table is young and unknown.

-- name: upsert_services
insert into public.service_specifications as s
  (product_id, duration_hours, billing_cycle, response_hours, completion_hours, required_skills, location,
   warranty_months)
select p.id, r.duration_hours, r.billing_cycle, r.response_hours, r.completion_hours,
       coalesce(r.required_skills, '{}'), r.location, r.warranty_months
from jsonb_to_recordset(%(rows)s::jsonb) as r
  (ploomes_product_id text, duration_hours numeric, billing_cycle text, response_hours numeric,
   completion_hours numeric, required_skills text[], location text, warranty_months integer)
cross join lateral (
  select o.id from public.products_enhanced o where o.ploomes_product_id = r.ploomes_product_id offset 0) p
on conflict (product_id) do update
set duration_hours = excluded.duration_hours, billing_cycle = excluded.billing_cycle,
    response_hours = excluded.response_hours, completion_hours = excluded.completion_hours,
    required_skills = excluded.required_skills, location = excluded.location,
    warranty_months = excluded.warranty_months, updated_at = now()
where (s.duration_hours, s.billing_cycle, s.response_hours, s.completion_hours, s.required_skills, s.location,
       s.warranty_months)
  is distinct from (excluded.duration_hours, excluded.billing_cycle, excluded.response_hours,
       excluded.completion_hours, excluded.required_skills, excluded.location, excluded.warranty_months);

-- name: drop_services
delete from public.service_specifications s using public.products_enhanced p
where p.id = s.product_id and p.ploomes_product_id = any(%(changed)s) and p.ploomes_product_id <> all(%(kept)s);

-- name: upsert_rentals
insert into public.rental_specifications as s
  (product_id, minimum_period_days, maximum_period_days, daily_rate, weekly_rate, monthly_rate, total_units,
   available_units, deposit, late_fee, damage_fee, delivery_available, pickup_available)
select p.id, r.minimum_period_days, r.maximum_period_days, r.daily_rate, r.weekly_rate, r.monthly_rate,
       r.total_units, r.available_units, r.deposit, r.late_fee, r.damage_fee, r.delivery_available,
       r.pickup_available
from jsonb_to_recordset(%(rows)s::jsonb) as r
  (ploomes_product_id text, minimum_period_days integer, maximum_period_days integer, daily_rate numeric,
   weekly_rate numeric, monthly_rate numeric, total_units integer, available_units integer, deposit numeric,
   late_fee numeric, damage_fee numeric, delivery_available boolean, pickup_available boolean)
cross join lateral (
  select o.id from public.products_enhanced o where o.ploomes_product_id = r.ploomes_product_id offset 0) p
on conflict (product_id) do update
set minimum_period_days = excluded.minimum_period_days, maximum_period_days = excluded.maximum_period_days,
    daily_rate = excluded.daily_rate, weekly_rate = excluded.weekly_rate, monthly_rate = excluded.monthly_rate,
    total_units = excluded.total_units, available_units = excluded.available_units, deposit = excluded.deposit,
    late_fee = excluded.late_fee, damage_fee = excluded.damage_fee,
    delivery_available = excluded.delivery_available, pickup_available = excluded.pickup_available,
    updated_at = now()
where (s.minimum_period_days, s.maximum_period_days, s.daily_rate, s.weekly_rate, s.monthly_rate, s.total_units,
       s.available_units, s.deposit, s.late_fee, s.damage_fee, s.delivery_available, s.pickup_available)
  is distinct from (excluded.minimum_period_days, excluded.maximum_period_days, excluded.daily_rate,
       excluded.weekly_rate, excluded.monthly_rate, excluded.total_units, excluded.available_units,
       excluded.deposit, excluded.late_fee, excluded.damage_fee, excluded.delivery_available,
       excluded.pickup_available);

-- name: drop_rentals
delete from public.rental_specifications s using public.products_enhanced p
where p.id = s.product_id and p.ploomes_product_id = any(%(changed)s) and p.ploomes_product_id <> all(%(kept)s);

-- name: upsert_variants
insert into public.product_variants as s
  (product_id, variant_key, kind, size, color, model, code, price, part_product_id, quantity, required)
select p.id, r.key, r.kind, r.size, r.color, r.model, r.code, r.price, r.part_product_id, r.quantity, r.required
from jsonb_to_recordset(%(rows)s::jsonb) as r
  (ploomes_product_id text, key text, kind text, size text, color text, model text, code text, price numeric,
   part_product_id text, quantity numeric, required boolean)
cross join lateral (
  select o.id from public.products_enhanced o where o.ploomes_product_id = r.ploomes_product_id offset 0) p
order by p.id, r.key
on conflict (product_id, variant_key) do update
set kind = excluded.kind, size = excluded.size, color = excluded.color, model = excluded.model,
    code = excluded.code, price = excluded.price, part_product_id = excluded.part_product_id,
    quantity = excluded.quantity, required = excluded.required, updated_at = now()
where (s.kind, s.size, s.color, s.model, s.code, s.price, s.part_product_id, s.quantity, s.required)
  is distinct from (excluded.kind, excluded.size, excluded.color, excluded.model, excluded.code, excluded.price,
       excluded.part_product_id, excluded.quantity, excluded.required);

-- name: drop_variants
delete from public.product_variants s using public.products_enhanced p
where p.id = s.product_id and p.ploomes_product_id = any(%(changed)s)
  and not exists (
    select from unnest(%(owners)s::text[], %(keys)s::text[]) as k (owner, key)
    where k.owner = p.ploomes_product_id and k.key = s.variant_key);

-- name: upsert_suppliers
insert into public.product_suppliers as s
  (product_id, name, code, cost_price, lead_time_days, minimum_order, preferred)
select p.id, r.name, r.code, r.cost_price, r.lead_time_days, r.minimum_order, coalesce(r.preferred, false)
from jsonb_to_recordset(%(rows)s::jsonb) as r
  (ploomes_product_id text, name text, code text, cost_price numeric, lead_time_days integer,
   minimum_order numeric, preferred boolean)
cross join lateral (
  select o.id from public.products_enhanced o where o.ploomes_product_id = r.ploomes_product_id offset 0) p
order by p.id, r.name
on conflict (product_id, name) do update
set code = excluded.code, cost_price = excluded.cost_price, lead_time_days = excluded.lead_time_days,
    minimum_order = excluded.minimum_order, preferred = excluded.preferred, updated_at = now()
where (s.code, s.cost_price, s.lead_time_days, s.minimum_order, s.preferred)
  is distinct from (excluded.code, excluded.cost_price, excluded.lead_time_days, excluded.minimum_order,
       excluded.preferred);

-- name: drop_suppliers
delete from public.product_suppliers s using public.products_enhanced p
where p.id = s.product_id and p.ploomes_product_id = any(%(changed)s)
  and not exists (
    select from unnest(%(owners)s::text[], %(keys)s::text[]) as k (owner, key)
    where k.owner = p.ploomes_product_id and k.key = s.name);
