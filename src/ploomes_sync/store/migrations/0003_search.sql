-- Search: one narrow row a product beside the table that people read, and the function that asks it.
-- The table of the catalogue stays free of it: whoever selects all its columns gets no search vectors, and a
-- search reads rows of a tenth of the width. Triggers keep the two in step whoever writes.

-- What two spellings of the same code share: accents, case and outer blanks do not count.
create or replace function ploomes_sync.fold_code(value text) returns text
language sql immutable strict parallel safe set search_path = '' as $$
  select btrim(lower(extensions.unaccent('extensions.unaccent'::regdictionary, normalize(value, nfkc))),
               E' \t\n\r')
$$;

-- What two spellings of the same words share, signs and plural besides. The plural goes before stemming, since
-- the stemmer keeps locação and locações apart. Reading and writing both come through here.
create or replace function ploomes_sync.fold(value text) returns text
language sql immutable strict parallel safe set search_path = '' as $$
  select regexp_replace(regexp_replace(regexp_replace(
    btrim(regexp_replace(
      lower(extensions.unaccent('extensions.unaccent'::regdictionary, normalize(value, nfkc))),
      '[[:punct:][:space:]]+', ' ', 'g')),
    '[oa]es\M|aos\M', 'ao', 'g'),
    '([aeou])is\M', '\1l', 'g'),
    'ns\M', 'm', 'g')
$$;

create table if not exists ploomes_sync.product_search (
  product_id bigint primary key references public.products_enhanced (id) on delete cascade,
  code text collate "C",
  name text collate "C" not null,
  document tsvector not null,
  product_type text not null,
  brand text,
  category text,
  segments text[] not null,
  price numeric(15,2),
  in_stock boolean not null,
  active boolean not null,
  source text,
  updated_at timestamptz,
  deleted boolean not null
);
comment on table ploomes_sync.product_search is 'What a search reads of a product; triggers keep it.';
alter table ploomes_sync.product_search enable row level security;

-- The words that names are made of, by which a misspelt word is put right. A word may stand here twice: a unique
-- index would make writers of different products wait for each other.
create table if not exists ploomes_sync.search_words (
  id bigint generated always as identity primary key,
  word text collate "C" not null
);
comment on table ploomes_sync.search_words is 'Words of product names, folded; none is ever taken out.';
alter table ploomes_sync.search_words enable row level security;

-- Texts are cut where an index or a vector would refuse them: no product is too long to be stored.
-- It runs with the rights of its owner, so that whoever may write a product need not know of the search.
create or replace function ploomes_sync.keep_search() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into ploomes_sync.product_search as s
    (product_id, code, name, document, product_type, brand, category, segments, price, in_stock, active, source,
     updated_at, deleted)
  select c.id, ploomes_sync.fold_code(left(c.code, 300)), f.name,
         setweight(to_tsvector('pg_catalog.portuguese', f.name || ' ' || f.code), 'A')
         || setweight(to_tsvector('pg_catalog.portuguese', f.kind), 'B')
         || setweight(to_tsvector('pg_catalog.portuguese', f.description), 'C'),
         c.product_type, c.brand, c.category, c.segments, c.base_price, coalesce(c.stock_quantity, 0) > 0,
         coalesce(c.active, true), c.source_system, c.source_updated_at, c.deleted_at is not null
  from changed c
  cross join lateral (
    select ploomes_sync.fold(left(c.name, 300)) as name,
           coalesce(ploomes_sync.fold(left(c.code, 300)), '') as code,
           ploomes_sync.fold(left(concat_ws(' ', c.brand, c.category, c.subcategory, c.group_name, c.family_name),
                                  2000)) as kind,
           coalesce(ploomes_sync.fold(left(c.description, 20000)), '') as description
    offset 0
  ) f
  order by c.id
  on conflict (product_id) do update
  set code = excluded.code, name = excluded.name, document = excluded.document,
      product_type = excluded.product_type, brand = excluded.brand, category = excluded.category,
      segments = excluded.segments, price = excluded.price, in_stock = excluded.in_stock,
      active = excluded.active, source = excluded.source, updated_at = excluded.updated_at,
      deleted = excluded.deleted;
  insert into ploomes_sync.search_words (word)
  select distinct w.word
  from changed c
  cross join lateral regexp_split_to_table(ploomes_sync.fold(left(c.name, 300)), ' ') as w (word)
  where w.word ~ '^[a-z]{3,40}$'
    and not exists (select from ploomes_sync.search_words k where k.word = w.word);
  return null;
end
$$;
create or replace trigger keep_search_of_new after insert on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();
create or replace trigger keep_search_of_changed after update on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();

create index if not exists product_search_code on ploomes_sync.product_search (code);
create index if not exists product_search_code_parts on ploomes_sync.product_search
  using gin (code extensions.gin_trgm_ops);
create index if not exists product_search_name on ploomes_sync.product_search (name, product_id);
create index if not exists product_search_document on ploomes_sync.product_search using gin (document);
create index if not exists product_search_category on ploomes_sync.product_search (category, name, product_id);
create index if not exists product_search_type on ploomes_sync.product_search (product_type, name, product_id);

create index if not exists search_words_word on ploomes_sync.search_words (word);
create index if not exists search_words_parts on ploomes_sync.search_words
  using gin (word extensions.gin_trgm_ops);

-- Each word that no name holds gives way to the words most like it, and to those that begin with it.
-- Null when there is nothing to put right.
create or replace function ploomes_sync.mend(words text) returns tsquery
language plpgsql stable strict set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  term text;
  choices tsquery;
  mended tsquery;
  wrong boolean := false;
begin
  for term in select w.word from regexp_split_to_table(words, ' ') as w (word) limit 12 loop
    choices := plainto_tsquery('pg_catalog.portuguese', term);
    continue when numnode(choices) = 0;
    if not exists (select from ploomes_sync.search_words k where k.word = term) then
      wrong := true;
      choices := choices || (quote_literal(term) || ':*')::tsquery;
      select coalesce(choices || string_agg(near.lexeme, ' | ')::tsquery, choices) into choices
      from (select plainto_tsquery('pg_catalog.portuguese', k.word)::text as lexeme
            from ploomes_sync.search_words k
            where k.word operator(extensions.%) term
            group by k.word
            order by extensions.similarity(k.word, term) desc, k.word
            limit 3) near
      where near.lexeme <> '';
    end if;
    mended := coalesce(mended && choices, choices);
  end loop;
  return case when wrong then mended end;
end
$$;

-- The matches of a search in their order. A rank says why: 5 the very code, 4 its beginning, 3 a part of it,
-- 2 the words, below 1 words like them; the fraction tells equals apart. Words are put right only when hardly
-- anything holds them as they are, whatever the filters.
-- More than a thousand matches are not weighed one by one: the very code, then names that begin with the words,
-- then those that hold them, then the others, each by name, so that an index gives them in order.
-- Planned anew for each call: only with the values in sight does a filter that is not asked for cost nothing.
create or replace function ploomes_sync.search_matches(
  q text, filters jsonb, sort_by text, after jsonb, page_size integer
) returns table (product_id bigint, rank float8, key numeric, label text)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  asked text := ploomes_sync.fold_code(
    case when length(q) > 200 then regexp_replace(left(q, 200), '\s+\S*$', '') else coalesce(q, '') end);
  words text := ploomes_sync.fold(asked);
  terms tsquery := plainto_tsquery('pg_catalog.portuguese', words);
  wider tsquery := terms;
  in_name tsquery := regexp_replace(terms::text, '(''[^'']+'')', '\1:A', 'g')::tsquery;
  escaped text := regexp_replace(asked, '([\\%_])', '\\\1', 'g');
  head text := case when length(asked) >= 2 then escaped || '%' else escaped end;
  part text := case when length(asked) >= 3 then '%' || escaped || '%' end;
  known integer;
  step text;
  steps text[] := array['all'];
  given integer;
  of_type text := filters ->> 'type';
  of_brand text := filters ->> 'brand';
  of_category text := filters ->> 'category';
  of_segment text[] := case when filters ? 'segment' then array[filters ->> 'segment'] end;
  of_source text := filters ->> 'source';
  min_price numeric := filters ->> 'min_price';
  max_price numeric := filters ->> 'max_price';
  with_stock boolean := filters ->> 'in_stock';
  is_active boolean := filters ->> 'active';
  with_deleted boolean := coalesce((filters ->> 'deleted')::boolean, false);
begin
  if asked <> '' then
    for round in 1..2 loop
      known := (select count(*) from (
        select from ploomes_sync.product_search s
        where s.document @@ wider or s.code like head or s.code like part limit 1001) m);
      exit when known >= 5 or length(words) < 3;
      wider := coalesce(ploomes_sync.mend(words), wider);
    end loop;
    if known > 1000 and sort_by = 'relevance' then
      steps := array['code', 'head', 'name', 'rest'];
    end if;
  end if;
  foreach step in array steps loop
    return query
    select s.product_id, r.rank, k.key, k.label
    from ploomes_sync.product_search s
    cross join lateral (select case
      when asked = '' then 0
      when s.code = asked then 5
      when s.code like head then 4 + 1.0 / length(s.code)
      when s.code like part then 3 + 1.0 / length(s.code)
      when s.name = words then 2.999
      when s.document @@ terms then 2 + ts_rank(s.document, terms, 33) * 0.99
      else ts_rank(s.document, wider, 33) * 0.99 end::float8 as rank) r
    cross join lateral (select
      case when step = 'code' then -5 when step = 'head' then -2.5 when step = 'name' then -2.25
        when step = 'rest' then -2
        when sort_by = 'relevance' then -round(r.rank::numeric, 6)
        when sort_by = 'price' then coalesce(s.price, 1e15)
        when sort_by = 'price_desc' then coalesce(-s.price, 1e15)
        when sort_by = 'updated' then coalesce(-extract(epoch from s.updated_at), 0)
        else 0 end as key,
      case when step <> 'all' or sort_by = 'name' then s.name else '' collate "C" end as label) k
    where (with_deleted or not s.deleted)
      and (of_type is null or s.product_type = of_type)
      and (of_brand is null or s.brand = of_brand)
      and (of_category is null or s.category = of_category)
      and (of_segment is null or s.segments @> of_segment)
      and (of_source is null or s.source = of_source)
      and (min_price is null or s.price >= min_price)
      and (max_price is null or s.price <= max_price)
      and (with_stock is null or s.in_stock = with_stock)
      and (is_active is null or s.active = is_active)
      and (asked = '' or s.document @@ wider or s.code like head or s.code like part)
      and case step
        when 'code' then s.code = asked
        when 'head' then s.name like words || '%' and s.code is distinct from asked
        when 'name' then s.document @@ in_name and s.name not like words || '%'
                         and s.code is distinct from asked
        when 'rest' then not s.document @@ in_name and s.name not like words || '%'
                         and s.code is distinct from asked
        else true end
      and case
        when after is null then true
        when sort_by = 'name' then (s.name, s.product_id) > ((after ->> 2) collate "C", (after ->> 3)::bigint)
        else (k.key, k.label, s.product_id)
             > ((after ->> 1)::numeric, (after ->> 2) collate "C", (after ->> 3)::bigint) end
    order by k.key, k.label, s.product_id
    limit page_size;
    get diagnostics given = row_count;
    page_size := page_size - given;
    exit when page_size <= 0;
  end loop;
end
$$;

-- Marks the words of texts that a search found, as HTML; the texts themselves are escaped.
create or replace function ploomes_sync.highlight(texts text[], q text) returns text[]
language plpgsql stable strict set search_path = '' as $$
declare
  words text := ploomes_sync.fold(left(q, 200));
  terms tsquery := replace(plainto_tsquery('pg_catalog.portuguese', words)::text, '&', '|')::tsquery;
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
    select m.rank, m.key, m.label, p.*
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

-- Search is as closed as the catalogue itself. Whoever opens it to a role grants that role: execute on
-- search_products and on the functions of ploomes_sync below it, usage of the schema, select on both search tables
-- (with a policy), and select on products_enhanced.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.fold_code(text)', 'ploomes_sync.fold(text)', 'ploomes_sync.keep_search()',
      'ploomes_sync.mend(text)', 'ploomes_sync.highlight(text[], text)',
      'ploomes_sync.search_matches(text, jsonb, text, jsonb, integer)',
      'public.search_products(text, text, text, text, text, numeric, numeric, boolean, boolean, text, boolean, '
      'text, integer, text)']::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    for r in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function %s from %I', f, r);
    end loop;
  end loop;
end
$access$;

-- Products that were stored before there was a search enter it through the trigger.
update public.products_enhanced p set name = p.name
where not exists (select from ploomes_sync.product_search s where s.product_id = p.id);

insert into ploomes_sync.schema_migrations (version, name) values (3, 'search') on conflict do nothing;
