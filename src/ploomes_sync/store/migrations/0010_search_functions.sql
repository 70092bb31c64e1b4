-- The functions that search: what a question means, and its matches in their order.

-- What a question means, and a step towards its matches; the functions that make them say more.
do $types$
begin
  if to_regtype('ploomes_sync.question') is null then
    create type ploomes_sync.question as (
      asked text, words text, head text, part text, terms tsquery, spelt tsquery, anywhere tsquery, headed tsquery,
      coded tsquery, facets tsquery, known tsquery, allowed text, matching text, first_stretch bigint,
      sample tsquery, share float8);
    create type ploomes_sync.search_step as (
      place numeric, along text, downwards boolean, known tsquery, condition text, few boolean);
  end if;
end
$types$;

-- What a question looks for. `terms` are its words in names and codes, `spelt` the same in any text; `anywhere` is
-- `spelt` with words put right, which is done only when hardly anything holds them as they are, whatever the
-- filters. `head` and `part` are patterns of codes, `headed` and `coded` what documents know these by, `coded`
-- null when no code is like that; `facets` are the filters that documents know. Null means nothing to look for.
-- `known` is all of it that documents know, `matching` the condition on a row `s` of the table that is left then;
-- `allowed` is the condition of the filters alone.
-- `sample` finds eight stretches of the ids, which are the `share` of all; it is null when there are hardly more.
-- Folding leaves neither ~ nor = in a word: no text is taken for a filter.
create or replace function ploomes_sync.read_question(q text, filters jsonb) returns ploomes_sync.question
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan set enable_seqscan = off
set jit = off as $$
declare
  r ploomes_sync.question;
  last_stretch bigint;
  escaped text;
  price text;
  codes integer;
  wanted tsquery;
begin
  r.asked := ploomes_sync.fold_code(
    case when length(q) > 200 then regexp_replace(left(q, 200), '\s+\S*$', '') else coalesce(q, '') end);
  r.words := ploomes_sync.fold(r.asked);
  r.facets := (
    select string_agg(ploomes_sync.lexeme(f.name)::text, ' & ')::tsquery
    from unnest(array['type=' || nullif(filters ->> 'type', 'product'), 'brand=' || left(filters ->> 'brand', 200),
                      'category=' || left(filters ->> 'category', 200),
                      'segment=' || left(filters ->> 'segment', 200),
                      case when filters ->> 'active' = 'false' then 'active=no' end]) as f (name)
    where f.name is not null);
  -- An index of prices is worth a look only where documents know nothing of what is asked for.
  price := case when r.asked = '' and r.facets is null then 's.price' else 's.price + 0' end;
  r.allowed := concat_ws(' and ',
    case when filters ->> 'deleted' = 'true' then 'true' else 'not s.deleted' end,
    's.product_type = ' || quote_literal(filters ->> 'type'),
    's.brand = ' || quote_literal(filters ->> 'brand'),
    's.category = ' || quote_literal(filters ->> 'category'),
    's.segments @> array[' || quote_literal(filters ->> 'segment') || ']',
    's.source = ' || quote_literal(filters ->> 'source'),
    price || ' >= ' || quote_literal((filters ->> 'min_price')::numeric),
    price || ' <= ' || quote_literal((filters ->> 'max_price')::numeric),
    's.in_stock = ' || (filters ->> 'in_stock')::boolean,
    's.active = ' || (filters ->> 'active')::boolean);
  r.known := r.facets;
  r.matching := r.allowed;
  r.first_stretch := (select min(s.product_id) >> 10 from ploomes_sync.product_search s);
  last_stretch := (select max(s.product_id) >> 10 from ploomes_sync.product_search s);
  if last_stretch - r.first_stretch >= 8 then
    r.share := 8.0 / (last_stretch - r.first_stretch + 1);
    r.sample := ploomes_sync.stretches(
      r.first_stretch + (0.5 / r.share)::bigint, 8, floor(1 / r.share)::bigint);
  end if;
  if r.asked = '' then
    return r;
  end if;
  escaped := regexp_replace(r.asked, '([\\%_])', '\\\1', 'g');
  r.head := case when length(r.asked) >= 2 then escaped || '%' else escaped end;
  r.part := case when length(r.asked) >= 3 then '%' || escaped || '%' else r.head end;
  r.headed := ploomes_sync.code_parts('^' || r.asked);
  r.coded := case when length(r.asked) >= 3 then ploomes_sync.code_parts(r.asked) else r.headed end;
  codes := (select count(*) from (
    select from ploomes_sync.product_search s
    where s.document @@ (r.coded && r.sample) and s.code like r.part limit 5) m);
  if codes < 5 then
    codes := (select count(*) from (
      select from ploomes_sync.product_search s where s.document @@ r.coded and s.code like r.part limit 5) m);
  end if;
  r.coded := case when codes > 0 then r.coded end;
  r.terms := plainto_tsquery('pg_catalog.portuguese', r.words);
  r.terms := case when numnode(r.terms) > 0 then r.terms end;
  r.spelt := ploomes_sync.anywhere(r.terms);
  r.anywhere := r.spelt;
  if codes < 5 and length(r.words) >= 3
     and not exists (select from ploomes_sync.product_search s where s.code = r.asked)
     and 5 > (select count(*) from (
       select from ploomes_sync.product_search s where s.document @@ (r.spelt && r.sample) limit 5) m)
     and 5 - codes > (select count(*) from (
       select from ploomes_sync.product_search s
       where s.document @@ r.spelt and (s.code like r.part) is not true limit 5) m) then
    r.anywhere := coalesce(ploomes_sync.anywhere(ploomes_sync.mend(r.words)), r.spelt);
  end if;
  wanted := coalesce(r.anywhere || r.coded, r.anywhere, r.coded);
  r.known := coalesce(wanted && r.facets, wanted);
  if wanted is null then
    r.matching := 'false';
  elsif r.coded is not null then
    r.matching := format('%s and (s.document @@ %L::tsquery or s.code like %L)', r.allowed, r.anywhere, r.part);
  end if;
  return r;
end
$$;

-- Whether so many products meet a condition that sorting them costs more than a page may: the sample tells.
create or replace function ploomes_sync.are_many(
  known tsquery, condition text, question ploomes_sync.question
) returns boolean
language plpgsql stable set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  enough constant integer := greatest(16, 2500 * coalesce(question.share, 1));
  found integer;
begin
  execute format('select count(*) from (select from ploomes_sync.product_search s where %s limit %s) m',
                 ploomes_sync.known_and(coalesce(known && question.sample, known, question.sample), condition),
                 enough)
  into found;
  return found >= enough;
end
$$;

-- The steps in which a search comes to its matches. A step meets those of its `condition` in the order of `along`
-- and then of ids; no match is met in two. `place` is where the step stands among all, or its last place where
-- `along` tells more; `downwards`, `along` counts with a minus. `few` is true when its matches are known as few.
-- A rank says why a product matches: 5 the very code, 4 its beginning, 3 a part of it, 2 the words, below 1 words
-- like them; the fraction tells equals apart. Few matches are weighed one by one. Many come as indexes give them:
-- codes that begin so, by code; codes that hold it; names that begin with the words, by name; names and codes that
-- hold the words; the others.
create or replace function ploomes_sync.search_steps(question ploomes_sync.question, sort_by text, ranking text)
returns setof ploomes_sync.search_step
language plpgsql stable set search_path = '' as $$
declare
  facets tsquery := question.facets;
  anywhere tsquery := coalesce(question.anywhere && facets, question.anywhere);
  coded tsquery := coalesce(question.coded && facets, question.coded);
  found text := question.matching;
  code_holds text := format('%s and s.code like %L', question.allowed, question.part);
  begins text := regexp_replace(question.words, '([\\%_])', '\\\1', 'g') || '%';
  name_begins text := format('%s and (s.code like %L) is not true and s.name like %L',
                             question.allowed, question.part, begins);
  name_holds text := format('%s and (s.code like %L) is not true and s.name not like %L',
                            question.allowed, question.part, begins);
  weight text := '-round((' || ranking || ')::numeric, 6)';
  kinds text[] := array[sort_by];
begin
  if sort_by = 'relevance' then
    kinds := case when not ploomes_sync.are_many(question.known, question.matching, question) then array['few']
                  else array[case when coded is null then null
                                  when ploomes_sync.are_many(coded, code_holds, question) then 'codes'
                                  else 'few codes' end,
                             case when anywhere is not null then 'words' end] end;
  end if;
  return query
  select t.place, t.along, t.downwards, t.known, t.condition, t.kind in ('few', 'few codes')
  from (values
    ('name', 0, 's.name', false, question.known, found),
    ('updated', 1e14, 's.recency', false, question.known, found),
    ('price', 1e14, 's.price', false, question.known, found || ' and s.price is not null'),
    ('price', 1e15, null, false, question.known, found || ' and s.price is null'),
    ('price_desc', 1e14, 's.price', true, question.known, found || ' and s.price is not null'),
    ('price_desc', 1e15, null, false, question.known, found || ' and s.price is null'),
    ('few', 0, weight, false, question.known, found),
    ('few codes', -3, weight, false, coded, code_holds),
    ('codes', -4, 's.code', false, coalesce(question.headed && facets, question.headed),
     format('%s and s.code like %L', question.allowed, question.head)),
    ('codes', -3, null, false, coded, format('%s and s.code not like %L', code_holds, question.head)),
    ('words', -2.5, 's.name', false,
     case when length(question.words) < 3 then anywhere
          else anywhere && ploomes_sync.lexeme('name=' || left(question.words, 3)) end, name_begins),
    ('words', -2.25, null, false, coalesce(question.terms && facets, question.terms), name_holds),
    ('words', -2, null, false, anywhere && !!question.terms, name_holds)
  ) t (kind, place, along, downwards, known, condition)
  where t.kind = any (kinds)
  order by t.place;
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

-- The parts of a step in their order: few enough to be sorted, or dense enough to be met by `walking` the index
-- that gives the order; null leaves it to the planner. By id it goes in growing stretches of the ids, by name in
-- groups of first letters, which documents know: a group ends with letters that the sample has met. Of prices and
-- dates those up to the first of the sample are sorted before the others are walked, unless so many match that
-- walking meets them soon.
create or replace function ploomes_sync.search_parts(
  step ploomes_sync.search_step, question ploomes_sync.question, sort_by text, label_before text, id_before bigint
) returns table (known tsquery, condition text, walking boolean)
language plpgsql stable set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  first constant bigint := coalesce(id_before >> 10, question.first_stretch);
  sampled constant text := ploomes_sync.known_and(step.known && question.sample, step.condition);
  bound numeric;
begin
  if question.asked = '' and question.facets is null then
    return query values (step.known, 'true', null::boolean);
  elsif step.few or not ploomes_sync.are_many(step.known, step.condition, question) then
    return query values (step.known, 'true', false);
  elsif step.along is null then
    return query values
      (step.known && ploomes_sync.stretches(first, 1, 1), 'true', false),
      (step.known && ploomes_sync.stretches(first + 1, 4, 1), 'true', false),
      (step.known && ploomes_sync.stretches(first + 5, 16, 1), 'true', false),
      (step.known, format('s.product_id >= %s', first + 21 << 10), false);
  elsif question.sample is null or sort_by = 'relevance' then
    return query values (step.known, 'true', true);
  elsif sort_by = 'name' then
    return query execute format($query$
      with sampled as (
        select left(s.name, 3) as head, count(*) as hits
        from ploomes_sync.product_search s where %s group by 1
      ), counted as (
        select h.head, coalesce(c.hits, 0) as hits, c.hits >= $2 is true as many,
               coalesce(sum(c.hits) over (
                 order by h.head rows between unbounded preceding and 1 preceding), 0) as before
        from unnest(ploomes_sync.name_heads($1)) as h (head) left join sampled c using (head)
      )
      select $3, case when c.many then format('s.name >= %%1$L and s.name < %%2$L and left(s.name, 3) = %%1$L',
                                              min(c.head), min(c.head) || repeat(chr(1114111), 300))
                  else format('s.document @@ %%L::tsquery',
                              string_agg(ploomes_sync.lexeme('name=' || c.head)::text, '|')) end, c.many
      from counted c group by c.before, c.many order by min(c.head)
      $query$, sampled)
    using coalesce(left(label_before, 3), ''), greatest(16, 4000 * question.share)::bigint, step.known;
  else
    execute format(
      'select case when count(*) < $1 then %s(m.key) end from (select %s as key '
      'from ploomes_sync.product_search s where %s limit $1) m',
      case when step.downwards then 'max' else 'min' end, step.along, sampled)
    into bound using (20000 * question.share)::integer;
    return query
    select step.known, concat(step.along, b.sign, bound), b.walking
    from (values ('<=', false, false), ('>', false, true), ('>=', true, false), ('<', true, true))
      b (sign, downwards, walking)
    where b.downwards = step.downwards and bound is not null
    union all select step.known, 'true', true where bound is null;
  end if;
end
$$;

-- The matches of a search in their order. Each part is read by a statement of its own, planned for its very
-- values, until the page is full; `after` holds the place, label and id of the last match before the page.
create or replace function ploomes_sync.search_matches(
  q text, filters jsonb, sort_by text, after jsonb, page_size integer
) returns table (product_id bigint, rank float8, key numeric, label text)
language plpgsql stable rows 100 set search_path = '' set enable_seqscan = off set enable_sort = on
set enable_indexscan = on set jit = off set work_mem = '16MB' set max_parallel_workers_per_gather = 0 as $$
declare
  question ploomes_sync.question := ploomes_sync.read_question(q, filters);
  ranking text := case when question.asked = '' then '0::float8' else format(
    'case when s.code = %L then 5 when s.code like %L then 4 + 1.0 / length(s.code) '
    'when s.code like %L then 3 + 1.0 / length(s.code) when s.name = %L then 2.999 '
    'when s.document @@ %5$L::tsquery then 2 + ts_rank(s.document, %5$L::tsquery, 33) * 0.99 '
    'else ts_rank(s.document, %6$L::tsquery, 33) * 0.99 end::float8',
    question.asked, question.head, question.part, question.words, question.spelt, question.anywhere) end;
  place_before numeric := (after ->> 1)::numeric;
  label_before text := after ->> 2;
  id_before bigint := (after ->> 3)::bigint;
  labelled boolean;
  step ploomes_sync.search_step;
  part record;
begin
  for step in select * from ploomes_sync.search_steps(question, sort_by, ranking) loop
    continue when step.place < place_before;
    labelled := step.along in ('s.code', 's.name') is true;
    if id_before is not null then
      step.condition := step.condition || case
        when step.along is null then format(' and s.product_id > %s', id_before)
        when labelled then format(' and (%s, s.product_id) > (%L, %s)', step.along, label_before, id_before)
        when step.downwards then format(' and (%s, s.product_id) < (%s, %s)', step.along, -place_before, id_before)
        else format(' and (%s, s.product_id) > (%s, %s)', step.along, place_before, id_before) end;
    end if;
    for part in select * from ploomes_sync.search_parts(step, question, sort_by, label_before, id_before) loop
      perform set_config('enable_sort', (part.walking is not true)::text, true),
              set_config('enable_indexscan', (part.walking is not false)::text, true);
      for product_id, rank, key, label in execute format(
        'select s.product_id, %s, (%s)::numeric, %s::text from (select s.* from ploomes_sync.product_search s '
        'where %s and %s order by %s s.product_id %s limit %s) s',
        ranking,
        case when labelled or step.along is null then step.place::text
             else case when step.downwards then '-' else '' end || step.along end,
        case when labelled then step.along else '''''' end,
        ploomes_sync.known_and(part.known, step.condition), part.condition,
        step.along || case when step.downwards then ' desc,' else ',' end,
        case when step.downwards then 'desc' else 'asc' end, page_size)
      loop
        return next;
        page_size := page_size - 1;
      end loop;
      if page_size <= 0 then
        return;
      end if;
    end loop;
    place_before := null;
    label_before := null;
    id_before := null;
  end loop;
end
$$;

-- Closed until access is applied.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.read_question(text, jsonb)',
      'ploomes_sync.search_steps(ploomes_sync.question, text, text)',
      'ploomes_sync.name_heads(text)',
      'ploomes_sync.are_many(tsquery, text, ploomes_sync.question)',
      'ploomes_sync.search_parts(ploomes_sync.search_step, ploomes_sync.question, text, text, bigint)',
      'ploomes_sync.search_matches(text, jsonb, text, jsonb, integer)']::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', f, r);
    end loop;
  end loop;
end
$access$;

insert into ploomes_sync.schema_migrations (version, name) values (10, 'search_functions') on conflict do nothing;
