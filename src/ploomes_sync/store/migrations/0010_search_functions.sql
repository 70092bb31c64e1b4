-- The functions that search: what a question means, its matches in their order, their counts, and the page.

-- What a question looks for. `terms` are its words in names and codes, `spelt` the same in any text; `anywhere` is
-- `spelt` with words put right, which is done only when hardly anything holds them as they are, whatever the
-- filters; `facets` are the filters that documents know, and `wanted` is all of it. Null means that there is
-- nothing to look for. `few` says that sorting the matches costs less than walking an index in order, and
-- `matches` gathers them when they are to be weighed: a thousand, or six where filters would make the walk long.
-- That there are more shows already in two stretches of the ids; only else are they counted.
-- Folding leaves neither ~ nor = in a word: no text is taken for a filter.
create or replace function ploomes_sync.read_question(
  q text, filters jsonb, to_weigh boolean, out asked text, out words text, out head text, out part text,
  out terms tsquery, out spelt tsquery, out anywhere tsquery, out facets tsquery, out wanted tsquery,
  out few boolean, out matches bigint[]
) language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set enable_seqscan = off
set jit = off as $$
declare
  many_in_a_stretch constant integer := 24;
  most integer;
  known integer;
  escaped text;
  mended tsquery;
  first_stretch bigint;
  last_stretch bigint;
  min_price numeric := (filters ->> 'min_price')::numeric;
  max_price numeric := (filters ->> 'max_price')::numeric;
begin
  asked := ploomes_sync.fold_code(
    case when length(q) > 200 then regexp_replace(left(q, 200), '\s+\S*$', '') else coalesce(q, '') end);
  words := ploomes_sync.fold(asked);
  escaped := regexp_replace(asked, '([\\%_])', '\\\1', 'g');
  head := case when length(asked) >= 2 then escaped || '%' else escaped end;
  part := case when length(asked) >= 3 then '%' || escaped || '%' else head end;
  if words <> '' then
    terms := plainto_tsquery('pg_catalog.portuguese', words);
    terms := case when numnode(terms) > 0 then terms end;
  end if;
  facets := (
    select string_agg('''' || replace(replace(f.lexeme, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery
    from unnest(array['type=' || nullif(filters ->> 'type', 'product'), 'brand=' || left(filters ->> 'brand', 200),
                      'category=' || left(filters ->> 'category', 200),
                      'segment=' || left(filters ->> 'segment', 200),
                      case when filters ->> 'active' = 'false' then 'active=no' end]) as f (lexeme)
    where f.lexeme is not null);
  most := case when not to_weigh then 15000 when facets is null then 1000 else 6000 end;
  few := false;
  if asked = '' and facets is null then
    return;
  end if;
  select min(s.product_id) >> 10, max(s.product_id) >> 10 into first_stretch, last_stretch
  from ploomes_sync.product_search s;
  spelt := ploomes_sync.anywhere(terms);
  mended := spelt;
  loop
    anywhere := mended;
    wanted := case when asked = '' then facets when facets is null then anywhere else anywhere && facets end;
    known := most + 1;
    exit when last_stretch - first_stretch >= 64 and many_in_a_stretch <= all (
      select count(s.product_id)
      from unnest(array[first_stretch + 1, (first_stretch + last_stretch) / 2]) as p (stretch)
      cross join lateral (select ploomes_sync.stretches(p.stretch, 1) as ids offset 0) t
      left join ploomes_sync.product_search s on s.document @@ (wanted && t.ids)
        and (min_price is null or s.price >= min_price) and (max_price is null or s.price <= max_price)
      group by p.stretch);
    if to_weigh then
      exit when facets is null and most < (select count(*) from (
        select from ploomes_sync.product_search s where s.code like head limit most + 1) m);
      matches := array(
        select s.product_id from ploomes_sync.product_search s
        where (s.document @@ wanted or s.code like part and (facets is null or s.document @@ facets))
          and (min_price is null or coalesce(s.price, 1e15) >= min_price and s.price is not null)
          and (max_price is null or coalesce(s.price, 1e15) <= max_price)
        limit most + 1);
      known := cardinality(matches);
    else
      known := (select count(*) from (
        select from ploomes_sync.product_search s
        where s.document @@ wanted or asked <> '' and s.code like part limit most + 1) m);
    end if;
    exit when known >= 5 or length(words) < 3 or anywhere is distinct from spelt
           or exists (select from ploomes_sync.product_search s where s.code = asked)
           or facets is not null and 5 <= (select count(*) from (
             select from ploomes_sync.product_search s where s.document @@ spelt or s.code like part limit 5) m);
    mended := ploomes_sync.anywhere(ploomes_sync.mend(words));
    exit when mended is null or mended = spelt;
  end loop;
  few := known <= most;
end
$$;

-- The matches of a search in their order. A rank says why: 5 the very code, 4 its beginning, 3 a part of it,
-- 2 the words, below 1 words like them; the fraction tells equals apart.
-- More than a thousand matches are not weighed one by one. They come in steps that an index gives in order: codes
-- that begin so, by code; codes that hold it; names that begin with the words, by name; names and codes that hold
-- the words; the others. The last two go by id, in growing stretches of the ids, so that a page reads only as many
-- as fill it. Other orders walk the index of the order, unless so few match that sorting them costs less.
-- Planned anew for each call: only with the values in sight does a filter that is not asked for cost nothing.
create or replace function ploomes_sync.search_matches(
  q text, filters jsonb, sort_by text, after jsonb, page_size integer
) returns table (product_id bigint, rank float8, key numeric, label text)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = force_custom_plan
set enable_seqscan = off set enable_sort = on set jit = off set max_parallel_workers_per_gather = 0 as $$
declare
  question record := ploomes_sync.read_question(q, filters, sort_by = 'relevance');
  asked text := question.asked;
  words text := question.words;
  head text := question.head;
  part text := question.part;
  terms tsquery := question.terms;
  spelt tsquery := question.spelt;
  anywhere tsquery := question.anywhere;
  facets tsquery := question.facets;
  wanted tsquery := question.wanted;
  few boolean := question.few;
  gathered bigint[] := case when few then question.matches end;
  begins text := regexp_replace(words, '([\\%_])', '\\\1', 'g') || '%';
  steps text[] := array['code begins', 'code holds', 'name begins', 'name holds', 'others'];
  places numeric[] := array[-4, -3, -2.5, -2.25, -2];
  step text;
  place numeric;
  place_before numeric := (after ->> 1)::numeric;
  label_before text := after ->> 2;
  id_before bigint := (after ->> 3)::bigint;
  last_stretch bigint;
  stretch bigint;
  width integer;
  within tsquery;
  given integer;
  of_type text := filters ->> 'type';
  of_brand text := filters ->> 'brand';
  of_category text := filters ->> 'category';
  of_segment text[] := case when filters ? 'segment' then array[filters ->> 'segment'] end;
  of_source text := filters ->> 'source';
  min_price numeric := (filters ->> 'min_price')::numeric;
  max_price numeric := (filters ->> 'max_price')::numeric;
  with_stock boolean := (filters ->> 'in_stock')::boolean;
  is_active boolean := (filters ->> 'active')::boolean;
  with_deleted boolean := coalesce((filters ->> 'deleted')::boolean, false);
begin
  if few or asked = '' or sort_by <> 'relevance' then
    steps := array['all'];
    places := array[null];
  end if;
  for step, place in select t.step, t.place from unnest(steps, places) as t (step, place) loop
    continue when place < place_before;
    -- These two are read in the order of their index, however few the planner expects.
    perform set_config(
      'enable_sort', case when step in ('code begins', 'name begins') then 'off' else 'on' end, true);
    width := 1;
    stretch := null;
    within := case step when 'name holds' then terms when 'others' then anywhere && !!terms end;
    within := case when facets is null then within else within && facets end;
    if within is not null then
      select coalesce(case when place = place_before then id_before + 1 end, min(s.product_id)) >> 10,
             max(s.product_id) >> 10 into stretch, last_stretch
      from ploomes_sync.product_search s;
    end if;
    loop
      return query
      select s.product_id, r.rank, k.key, k.label
      from ploomes_sync.product_search s
      cross join lateral (select case
        when asked = '' then 0
        when s.code = asked then 5
        when s.code like head then 4 + 1.0 / length(s.code)
        when s.code like part then 3 + 1.0 / length(s.code)
        when s.name = words then 2.999
        when s.document @@ spelt then 2 + ts_rank(s.document, spelt, 33) * 0.99
        else ts_rank(s.document, anywhere, 33) * 0.99 end::float8 as rank) r
      cross join lateral (select
        case
          when step <> 'all' then place
          when sort_by = 'relevance' then -round(r.rank::numeric, 6)
          when sort_by = 'price' then coalesce(s.price, 1e15)
          when sort_by = 'price_desc' then coalesce(-s.price, 1e15)
          when sort_by = 'updated' then s.recency
          else 0 end as key,
        case when step = 'code begins' then s.code
          when step = 'name begins' or sort_by = 'name' then s.name else '' collate "C" end as label) k
      where (with_deleted or not s.deleted)
        and (of_type is null or s.product_type = of_type)
        and (of_brand is null or s.brand = of_brand)
        and (of_category is null or s.category = of_category)
        and (of_segment is null or s.segments @> of_segment)
        and (of_source is null or s.source = of_source)
        and (min_price is null or coalesce(s.price, 1e15) >= min_price and s.price is not null)
        and (max_price is null or coalesce(s.price, 1e15) <= max_price)
        and (with_stock is null or s.in_stock = with_stock)
        and (is_active is null or s.active = is_active)
        and case
          when step = 'code begins' then s.code like head
          when step = 'code holds' then s.code like part and s.code not like head
          when step = 'name begins' then s.name like begins and s.document @@ wanted
                                         and (s.code like part) is not true
          when step in ('name holds', 'others') then
            s.document @@ case when width is null then within
                               else within && ploomes_sync.stretches(stretch, width) end
            and s.product_id >= stretch << 10
            and s.name not like begins and (s.code like part) is not true
          when gathered is not null then s.product_id = any (gathered)
          when asked <> '' then s.document @@ wanted or s.code like part
          when few then s.document @@ wanted
          else true end
        and case
          when after is null or place > place_before then true
          when step = 'code begins' then (s.code, s.product_id) > (label_before collate "C", id_before)
          when step = 'name begins' or sort_by = 'name' then
            (s.name, s.product_id) > (label_before collate "C", id_before)
          when step <> 'all' then s.product_id > id_before
          when sort_by = 'price' then (coalesce(s.price, 1e15), s.product_id) > (place_before, id_before)
          when sort_by = 'price_desc' then (coalesce(-s.price, 1e15), s.product_id) > (place_before, id_before)
          when sort_by = 'updated' then (s.recency, s.product_id) > (place_before, id_before)
          else (k.key, s.product_id) > (place_before, id_before) end
      order by case when few then k.key + 0 else k.key end, case when few then k.label || '' else k.label end,
               case when few or within is not null then s.product_id + 0 else s.product_id end
      limit page_size;
      get diagnostics given = row_count;
      page_size := page_size - given;
      stretch := stretch + width;
      width := case when width < 16 then width * 4 end;
      exit when page_size <= 0 or stretch is null or stretch > last_stretch;
    end loop;
    exit when page_size <= 0;
  end loop;
end
$$;

-- How many products a search finds, in all and by each value of a facet.
create or replace function ploomes_sync.search_facets(q text, filters jsonb)
returns table (facet text, value text, products bigint)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  question record := ploomes_sync.read_question(q, filters, true);
  asked text := question.asked;
  part text := question.part;
  wanted tsquery := question.wanted;
  of_type text := filters ->> 'type';
  of_brand text := filters ->> 'brand';
  of_category text := filters ->> 'category';
  of_segment text[] := case when filters ? 'segment' then array[filters ->> 'segment'] end;
  of_source text := filters ->> 'source';
  min_price numeric := (filters ->> 'min_price')::numeric;
  max_price numeric := (filters ->> 'max_price')::numeric;
  with_stock boolean := (filters ->> 'in_stock')::boolean;
  is_active boolean := (filters ->> 'active')::boolean;
  with_deleted boolean := coalesce((filters ->> 'deleted')::boolean, false);
begin
  return query
  with found as materialized (
    select s.product_type, s.brand, s.category, s.segments, count(*) as products
    from ploomes_sync.product_search s
    where (with_deleted or not s.deleted)
      and (of_type is null or s.product_type = of_type)
      and (of_brand is null or s.brand = of_brand)
      and (of_category is null or s.category = of_category)
      and (of_segment is null or s.segments @> of_segment)
      and (of_source is null or s.source = of_source)
      and (min_price is null or coalesce(s.price, 1e15) >= min_price and s.price is not null)
      and (max_price is null or coalesce(s.price, 1e15) <= max_price)
      and (with_stock is null or s.in_stock = with_stock)
      and (is_active is null or s.active = is_active)
      and case when asked <> '' then s.document @@ wanted or s.code like part
               else wanted is null or s.document @@ wanted end
    group by s.product_type, s.brand, s.category, s.segments
  ), counted as (
    select 'total' as facet, '' as value, coalesce(sum(f.products), 0) as products from found f
    union all select 'types', f.product_type, sum(f.products) from found f group by f.product_type
    union all select 'brands', f.brand, sum(f.products) from found f where f.brand is not null group by f.brand
    union all select 'categories', f.category, sum(f.products) from found f
              where f.category is not null group by f.category
    union all select 'segments', g.name, sum(f.products)
              from found f cross join lateral unnest(f.segments) as g (name) group by g.name
  )
  select c.facet, c.value, c.products::bigint from counted c order by c.facet, c.products desc, c.value;
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
    select m.rank, m.key, m.label, p.id, p.ploomes_product_id, p.code, p.name, p.product_type, p.category,
           p.subcategory, p.brand, p.segments, p.base_price, p.currency, p.stock_quantity, p.unit_of_measure,
           p.active, p.image_url, p.source_updated_at, p.deleted_at
    from ploomes_sync.search_matches(
      words, filters, sort, place_before, least(greatest(coalesce(page_size, 50), 1), 1000)) m
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
  order by g.key, g.label collate "C", g.id;
end
$$;

-- Closed, and then opened to whom the catalogue is exposed already.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.read_question(text, jsonb, boolean)',
      'ploomes_sync.search_matches(text, jsonb, text, jsonb, integer)',
      'ploomes_sync.search_facets(text, jsonb)',
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

insert into ploomes_sync.schema_migrations (version, name) values (10, 'search_functions') on conflict do nothing;
