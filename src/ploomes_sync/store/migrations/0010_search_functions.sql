-- The functions that search: what a question means, and its matches in their order.

-- What a question looks for. `terms` are its words in names and codes, `spelt` the same in any text; `anywhere` is
-- `spelt` with words put right, which is done only when hardly anything holds them as they are, whatever the
-- filters; `facets` are the filters that documents know, and `wanted` is all of it. Null means that there is
-- nothing to look for. `few` says that sorting the matches costs less than walking an index in order, and
-- `matches` gathers them when they are to be weighed: up to 600, or 1,200 where filters make the walk long.
-- That there are more shows already in a sample of eight stretches of the ids, which is the given share of all;
-- only else are they counted.
-- Folding leaves neither ~ nor = in a word: no text is taken for a filter.
create or replace function ploomes_sync.read_question(
  q text, filters jsonb, to_weigh boolean, out asked text, out words text, out head text, out part text,
  out terms tsquery, out spelt tsquery, out anywhere tsquery, out facets tsquery, out wanted tsquery,
  out few boolean, out matches bigint[], out sample tsquery, out share float8
) language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set enable_seqscan = off
set jit = off as $$
declare
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
  most := case when not to_weigh then 3000 when facets is null then 600 else 1200 end;
  few := false;
  if asked = '' and facets is null then
    return;
  end if;
  select min(s.product_id) >> 10, max(s.product_id) >> 10 into first_stretch, last_stretch
  from ploomes_sync.product_search s;
  if last_stretch - first_stretch >= 8 then
    share := 8.0 / (last_stretch - first_stretch + 1);
    sample := ploomes_sync.stretches(first_stretch + (0.5 / share)::bigint, 8, floor(1 / share)::bigint);
  end if;
  spelt := ploomes_sync.anywhere(terms);
  mended := spelt;
  loop
    anywhere := mended;
    wanted := case when asked = '' then facets when facets is null then anywhere else anywhere && facets end;
    known := most + 1;
    exit when share < 0.1 and greatest(24, most * share) <= (select count(*) from (
      select from ploomes_sync.product_search s
      where s.document @@ (wanted && sample)
        and (min_price is null or s.price >= min_price) and (max_price is null or s.price <= max_price)
      limit greatest(24, ceil(most * share))) m);
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
           or facets is not null and (5 <= (select count(*) from (
             select from ploomes_sync.product_search s where s.document @@ (spelt && sample) limit 5) m)
           or 5 <= (select count(*) from (
             select from ploomes_sync.product_search s where s.document @@ spelt or s.code like part limit 5) m));
    mended := ploomes_sync.anywhere(ploomes_sync.mend(words));
    exit when mended is null or mended = spelt;
  end loop;
  few := known <= most;
end
$$;

-- What documents know the beginning of a folded name by.
create or replace function ploomes_sync.named(head text) returns tsquery
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return ('''name=' || replace(replace(head, '\', '\\'), '''', '''''') || '''')::tsquery;
end
$$;

-- The first three letters that names have, in order, from these on: one look at the index of names each.
create or replace function ploomes_sync.name_heads(beginning text) returns text[]
language plpgsql stable strict set search_path = '' set enable_seqscan = off set enable_sort = off as $$
begin
  return array(
    with recursive heads (head) as (
      (select left(s.name, 3) from ploomes_sync.product_search s
       where s.name >= beginning order by s.name limit 1)
      union all
      select (select left(s.name, 3) from ploomes_sync.product_search s
              where s.name > case when length(h.head) < 3 then h.head else h.head || repeat(chr(1114111), 300) end
              order by s.name limit 1)
      from heads h where h.head is not null
    )
    select h.head from heads h where h.head is not null);
end
$$;

-- The matches of a search in their order. A rank says why: 5 the very code, 4 its beginning, 3 a part of it,
-- 2 the words, below 1 words like them; the fraction tells equals apart.
-- More matches than that are not weighed one by one. They come in steps that an index gives in order: codes
-- that begin so, by code; codes that hold it; names that begin with the words, by name; names and codes that hold
-- the words; the others. The last two go by id, in growing stretches of the ids, so that a page reads only as many
-- as fill it. Other orders walk the index of the order, unless so few match that sorting them costs less. Two
-- things shorten the walk. Names go by their first three letters, which documents know: only where many match are
-- names walked. Of prices and dates those up to the first of a sample are sorted first. `coded` are the products
-- that match by their code alone, null when they are too many for names to go by their letters.
-- Planned anew for each call: only with the values in sight does a filter that is not asked for cost nothing.
create or replace function ploomes_sync.search_matches(
  q text, filters jsonb, sort_by text, after jsonb, page_size integer
) returns table (product_id bigint, rank float8, key numeric, label text)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = force_custom_plan
set enable_seqscan = off set enable_sort = on set jit = off set work_mem = '16MB'
set max_parallel_workers_per_gather = 0 as $$
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
  sample tsquery := question.sample;
  share float8 := question.share;
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
  last_letters constant text := repeat(chr(1114111), 300);
  heads text[];
  hits bigint[];
  here text[];
  taken integer;
  coded bigint[] := case when asked = '' then '{}'::bigint[] end;
  many boolean;
  key_above numeric;
  key_bound numeric;
  sorting boolean;
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
    heads := null;
    here := null;
    key_above := null;
    key_bound := null;
    sorting := few;
    within := case step when 'name holds' then terms when 'others' then anywhere && !!terms end;
    within := case when facets is null then within else within && facets end;
    if within is not null then
      select coalesce(case when place = place_before then id_before + 1 end, min(s.product_id)) >> 10,
             max(s.product_id) >> 10 into stretch, last_stretch
      from ploomes_sync.product_search s;
    elsif step = 'code begins' then
      sorting := facets is not null and 2000 < (select count(*) from (
                   select from ploomes_sync.product_search s where s.code like head limit 2001) m)
                 and greatest(64, 8000 * share) > (select count(*) from (
                   select from ploomes_sync.product_search s
                   where s.code like head and s.document @@ (facets && sample)
                   limit greatest(64, ceil(8000 * share))) m);
      perform set_config('enable_sort', case when sorting then 'on' else 'off' end, true);
    elsif step = 'name begins' and length(words) >= 3 then
      heads := array[left(words, 3)];
    elsif step = 'all' and sort_by = 'name' and wanted is not null and not few then
      if asked <> '' and 1000 >= (select count(*) from (
           select from ploomes_sync.product_search s where s.code like head limit 1001) m) then
        coded := array(select s.product_id from ploomes_sync.product_search s where s.code like part limit 1001);
      end if;
      if asked = '' or coded is not null and cardinality(coded) <= 1000 then
        heads := ploomes_sync.name_heads(coalesce(left(label_before, 3), ''));
      end if;
    elsif step = 'all' and wanted is not null and not few and share < 0.1 then
      select case when count(*) < 20000 * share then min(m.key) end into key_bound
      from (select k.key from ploomes_sync.product_search s
            cross join lateral (select case sort_by when 'price' then coalesce(s.price, 1e15)
                                when 'price_desc' then coalesce(-s.price, 1e15) else s.recency end as key) k
            where s.document @@ (wanted && sample) and (place_before is null or k.key > place_before)
            limit 20000 * share) m;
    end if;
    if heads is not null then
      select array_agg(h.head order by h.number), array_agg(coalesce(m.hits, 0) order by h.number) into heads, hits
      from unnest(heads) with ordinality as h (head, number)
      left join (
        select left(a.name, 3) as head, count(*) as hits
        from (select s.name from ploomes_sync.product_search s
              where s.document @@ (wanted && sample
                    && case when step = 'name begins' then ploomes_sync.named(heads[1]) else sample end)
              limit 1024) a
        group by 1) m on m.head = h.head;
    end if;
    loop
      if heads is not null then
        -- As many as the sample has not met go together; one that it has met goes alone.
        exit when cardinality(heads) = 0;
        select coalesce(min(h.number) - 1, cardinality(hits)) into taken
        from unnest(hits) with ordinality as h (hit, number) where h.hit > 0;
        many := taken = 0 and hits[1] >= greatest(16, 4000 * share);
        taken := greatest(taken, 1);
        here := heads[:taken];
        heads := heads[taken + 1:];
        hits := hits[taken + 1:];
        within := case when not many then wanted && (
          select string_agg(ploomes_sync.named(h.head)::text, ' | ')::tsquery from unnest(here) as h (head)) end;
        perform set_config('enable_sort', case when many then 'off' else 'on' end, true);
      end if;
      sorting := case when step = 'code begins' then sorting
                      else few or within is not null or key_bound is not null end;
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
          when step = 'code begins' then s.code like head and (facets is null or s.document @@ facets)
          when step = 'code holds' then s.code like part and s.code not like head
                                        and (facets is null or s.document @@ facets)
          when step = 'name begins' then
            case when within is null then s.name like begins and s.document @@ wanted
                 else s.name || '' like begins and s.document @@ within end
            and (s.code like part) is not true
          when step in ('name holds', 'others') then
            s.document @@ case when width is null then within
                               else within && ploomes_sync.stretches(stretch, width, 1) end
            and s.product_id >= stretch << 10
            and s.name not like begins and (s.code like part) is not true
          when within is not null then s.document @@ within or s.product_id = any (coded)
          when gathered is not null then s.product_id = any (gathered)
          when asked <> '' then s.document @@ wanted or s.code like part
          when wanted is not null then s.document @@ wanted
          else true end
        and case
          when here is null then true
          when not many then left(s.name, 3) = any (here)
          else s.name >= here[1]
               and s.name <= case when length(here[1]) < 3 then here[1] else here[1] || last_letters end end
        and case
          when sort_by = 'price' then (key_bound is null or coalesce(s.price, 1e15) <= key_bound)
                                      and (key_above is null or coalesce(s.price, 1e15) > key_above)
          when sort_by = 'price_desc' then (key_bound is null or coalesce(-s.price, 1e15) <= key_bound)
                                           and (key_above is null or coalesce(-s.price, 1e15) > key_above)
          when sort_by = 'updated' then (key_bound is null or s.recency <= key_bound)
                                        and (key_above is null or s.recency > key_above)
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
      order by case when sorting then k.key + 0 else k.key end,
               case when sorting then k.label || '' else k.label end,
               case when sorting then s.product_id + 0 else s.product_id end
      limit page_size;
      get diagnostics given = row_count;
      page_size := page_size - given;
      stretch := stretch + width;
      width := case when width < 16 then width * 4 end;
      key_above := key_bound;
      key_bound := null;
      exit when page_size <= 0 or heads is null and key_above is null and (stretch > last_stretch) is not false;
    end loop;
    exit when page_size <= 0;
  end loop;
end
$$;

-- Closed until access is applied.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.read_question(text, jsonb, boolean)',
      'ploomes_sync.named(text)',
      'ploomes_sync.name_heads(text)',
      'ploomes_sync.search_matches(text, jsonb, text, jsonb, integer)']::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', f, r);
    end loop;
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (10, 'search_functions') on conflict do nothing;
