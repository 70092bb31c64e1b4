-- What a search tells: the counts of its matches, and their pages with the words marked.

-- How many products a search finds, in all and by each value of a facet. Above some 20,000 matches they are
-- estimates from as many stretches of the ids as hold 8,000 matches, 64 at most; a row `approximate` says so.
create or replace function ploomes_sync.search_facets(q text, filters jsonb)
returns table (facet text, value text, products bigint)
language plpgsql stable set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  question ploomes_sync.question := ploomes_sync.read_question(q, filters);
  all_stretches float8 := 8 / question.share;
  sampled integer;
  factor float8 := 1;
begin
  if question.sample is not null then
    execute 'select count(*) from ploomes_sync.product_search s where '
            || ploomes_sync.known_and(
                 coalesce(question.known && question.sample, question.sample), question.matching)
    into sampled;
  end if;
  if sampled > 20000 * question.share then
    sampled := least(64, ceil(8 * 8000.0 / sampled), floor(all_stretches / 2));
    factor := all_stretches / sampled;
    question.matching := ploomes_sync.known_and(
      ploomes_sync.stretches(question.first_stretch, sampled, floor(factor)::bigint), question.matching);
  end if;
  for facet, value, products in execute format($query$
    with found as materialized (
      select s.product_type, s.brand, s.category, s.segments, count(*) * $1 as products
      from ploomes_sync.product_search s where %s
      group by s.product_type, s.brand, s.category, s.segments
    ), counted as (
      select 'total' as facet, '' as value, coalesce(sum(f.products), 0) as products from found f
      union all select 'types', f.product_type, sum(f.products) from found f group by f.product_type
      union all select 'brands', f.brand, sum(f.products) from found f where f.brand is not null group by f.brand
      union all select 'categories', f.category, sum(f.products) from found f
                where f.category is not null group by f.category
      union all select 'segments', g.name, sum(f.products)
                from found f cross join lateral unnest(f.segments) as g (name) group by g.name
      union all select 'approximate', '', 1 where $1 > 1
    )
    select c.facet, c.value, round(c.products)::bigint from counted c order by c.facet, c.products desc, c.value
    $query$, ploomes_sync.known_and(question.known, question.matching)) using factor
  loop
    return next;
  end loop;
end
$$;

-- Marks the words of texts that a search found, as HTML; the texts themselves are escaped.
create or replace function ploomes_sync.highlight(texts text[], q text) returns text[]
language plpgsql stable strict set search_path = '' as $$
declare
  words text := ploomes_sync.fold(left(q, 200));
  terms tsquery := case when words <> '' then
    replace(plainto_tsquery('pg_catalog.portuguese', words)::text, '&', '|')::tsquery end;
begin
  return (
    with pieces as materialized (
      select t.number, p.place, p.piece[1] as piece
      from unnest(texts) with ordinality as t (text, number)
      cross join lateral regexp_matches(t.text, '[^[:punct:][:space:]]+|[[:punct:][:space:]]+', 'g')
        with ordinality as p (piece, place)
    ), marked as (
      select w.piece,
             case when f.found then '<mark>' || e.text || '</mark>' else e.text end as text
      from (select distinct s.piece from pieces s) w
      cross join lateral (select ploomes_sync.fold(w.piece) as word offset 0) b
      cross join lateral (select replace(replace(replace(
        w.piece, '&', '&amp;'), '<', '&lt;'), '>', '&gt;') as text) e
      cross join lateral (select length(b.word) > 0 and (
        to_tsvector('pg_catalog.portuguese', b.word) @@ terms
        or length(b.word) > 2 and extensions.word_similarity(b.word, words) >= 0.45) as found) f
    ), whole as (
      select s.number, string_agg(m.text, '' order by s.place) as text
      from pieces s join marked m using (piece) group by s.number
    )
    select array_agg(coalesce(h.text, '') order by t.number)
    from unnest(texts) with ordinality as t (text, number) left join whole h using (number));
end
$$;

-- Searches the catalogue; without words it lists all of it by name. Each row's `place` is the `after` of the page
-- that follows it.
create or replace function public.search_products(
  q text default '', of_type text default null, of_brand text default null, of_category text default null,
  of_segment text default null, min_price numeric default null, max_price numeric default null,
  with_stock boolean default null, is_active boolean default null, from_source text default null,
  with_deleted boolean default false, sort_by text default 'relevance', page_size integer default 50,
  after text default null
) returns table (
  id bigint, ploomes_product_id text, code text, name text, highlight text, rank float8, product_type text,
  category text, subcategory text, brand text, segments text[], base_price numeric, currency text,
  stock_quantity integer, unit_of_measure text, active boolean, image_url text, source_updated_at timestamptz,
  deleted_at timestamptz, place text)
language plpgsql stable rows 50 set search_path = '' as $$
declare
  words text := coalesce(q, '');
  sort text := case when coalesce(sort_by, 'relevance') = 'relevance' and ploomes_sync.fold_code(words) = ''
                    then 'name' else coalesce(sort_by, 'relevance') end;
  place_before jsonb := after::jsonb;
  filters jsonb := jsonb_strip_nulls(jsonb_build_object(
    'type', of_type, 'brand', of_brand, 'category', of_category, 'segment', of_segment, 'min_price', min_price,
    'max_price', max_price, 'in_stock', with_stock, 'active', is_active, 'source', from_source,
    'deleted', with_deleted));
begin
  if sort not in ('relevance', 'name', 'price', 'price_desc', 'updated') then
    raise invalid_parameter_value using message = 'sort_by is relevance, name, price, price_desc or updated';
  end if;
  if after is not null and place_before ->> 0 is distinct from sort then
    raise invalid_parameter_value using message = 'after is no place of a search sorted like this';
  end if;
  return query
  with page as materialized (
    select m.number, m.rank, m.key, m.label, p.id, p.ploomes_product_id, p.code, p.name, p.product_type,
           p.category, p.subcategory, p.brand, p.segments, p.base_price, p.currency, p.stock_quantity,
           p.unit_of_measure, p.active, p.image_url, p.source_updated_at, p.deleted_at
    from ploomes_sync.search_matches(
      words, filters, sort, place_before, least(greatest(coalesce(page_size, 50), 1), 1000))
      with ordinality as m (product_id, rank, key, label, number)
    join public.products_enhanced p on p.id = m.product_id
  ), ordered as (
    select array_agg(g.id) as ids, ploomes_sync.highlight(array_agg(g.name), words) as texts from page g
  )
  select g.id, g.ploomes_product_id, g.code, g.name, h.text, g.rank, g.product_type::text, g.category,
         g.subcategory, g.brand, g.segments, g.base_price, g.currency::text, g.stock_quantity,
         g.unit_of_measure::text, g.active, g.image_url, g.source_updated_at, g.deleted_at,
         jsonb_build_array(sort, g.key, g.label, g.id)::text
  from ordered o
  cross join lateral unnest(o.ids, o.texts) as h (id, text)
  join page g on g.id = h.id
  order by g.number;
end
$$;

-- Closed, and then opened to whom the catalogue is exposed already.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.search_facets(text, jsonb)',
      'ploomes_sync.highlight(text[], text)',
      'public.search_products(text, text, text, text, text, numeric, numeric, boolean, boolean, text, boolean, '
      'text, integer, text)']::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', f, r);
    end loop;
  end loop;
end
$access$;

select ploomes_sync.apply_access();

insert into ploomes_sync.schema_migrations (version, name) values (11, 'search_pages') on conflict do nothing;
