-- Search: one narrow row a product beside the table that people read, and what reading and writing it share.
-- The table of the catalogue stays free of it: whoever selects all its columns gets no search vectors, and a
-- search reads rows of a tenth of the width. Triggers keep the two in step whoever writes.

-- What two spellings of the same code share: accents, case and outer blanks do not count.
create or replace function ploomes_sync.fold_code(value text) returns text
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return btrim(lower(extensions.unaccent('extensions.unaccent'::regdictionary, case
    when value is nfkc normalized then value else normalize(value, nfkc) end)), E' \t\n\r');
end
$$;

-- What two spellings of the same words share, signs and plural besides. The plural goes before stemming, since
-- the stemmer keeps locação and locações apart. Reading and writing both come through here.
create or replace function ploomes_sync.fold(value text) returns text
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return regexp_replace(regexp_replace(regexp_replace(
    btrim(regexp_replace(
      lower(extensions.unaccent('extensions.unaccent'::regdictionary, case
        when value is nfkc normalized then value else normalize(value, nfkc) end)),
      '[[:punct:][:space:]]+', ' ', 'g')),
    '[oa]es\M|aos\M', 'ao', 'g'),
    '([aeou])is\M', '\1l', 'g'),
    'ns\M', 'm', 'g');
end
$$;

create table if not exists ploomes_sync.product_search (
  product_id bigint primary key,
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
  recency numeric(18,6) not null,
  deleted boolean not null
);
comment on table ploomes_sync.product_search is 'What a search reads of a product; triggers keep it.';
comment on column ploomes_sync.product_search.product_id is
  'Of products_enhanced; no foreign key, since the same triggers fill it, and checking each row costs them a tenth.';
comment on column ploomes_sync.product_search.document is
  'Words of name and code as they are, those of other texts after a ~; =parts of codes; ids=, name= and filters.';
comment on column ploomes_sync.product_search.recency is
  'Minus the seconds from 1970 to the last change at the source, 0 when unknown: the newest is the smallest.';
alter table ploomes_sync.product_search enable row level security;

-- The words that names are made of, by which a misspelt word is put right. A word may stand here twice: a unique
-- index would make writers of different products wait for each other.
create table if not exists ploomes_sync.search_words (
  id bigint generated always as identity primary key,
  word text collate "C" not null
);
comment on table ploomes_sync.search_words is 'Words of product names, folded; none is ever taken out.';
alter table ploomes_sync.search_words enable row level security;

-- Words as documents know those that stand in no name and no code.
create or replace function ploomes_sync.elsewhere(words tsvector) returns tsvector
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return replace(' ' || words::text, ' ''', ' ''~')::tsvector;
end
$$;

-- Texts are cut where an index or a vector would refuse them: no product is too long to be stored. Name and code
-- are folded in one go, with a sign between them that no text of ours holds; what many products share, once.
-- It runs with the rights of its owner, so that whoever may write a product need not know of the search.
create or replace function ploomes_sync.keep_search() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  with given as materialized (
    select c.id, translate(left(c.name, 300), E'\x01', ' ') as name,
           translate(left(c.code, 300), E'\x01', ' ') as code, ploomes_sync.fold_code(left(c.code, 300)) as folded_code,
           left(c.description, 20000) as description,
           left(concat_ws(' ', c.brand, c.category, c.subcategory, c.group_name, c.family_name), 2000) as kind
    from changed c
  ), kinds as materialized (
    select k.kind, ploomes_sync.elsewhere(
             setweight(to_tsvector('pg_catalog.portuguese', ploomes_sync.fold(k.kind)), 'B')) as words
    from (select distinct g.kind from given g) k
  ), folded as materialized (
    select g.id, btrim(f.texts[1]) as name, g.folded_code, k.words as kind,
           to_tsvector('pg_catalog.portuguese', btrim(f.texts[1]) || ' ' || f.texts[2]) as name_and_code,
           case when g.description <> '' then ploomes_sync.elsewhere(
             setweight(to_tsvector('pg_catalog.portuguese', ploomes_sync.fold(g.description)), 'C'))
             else '' end as description
    from given g
    join kinds k using (kind)
    cross join lateral (
      select string_to_array(ploomes_sync.fold(concat(g.name, E'\x01', g.code)), E'\x01') as texts offset 0
    ) f
  ), kept as (
    insert into ploomes_sync.product_search as s
      (product_id, code, name, document, product_type, brand, category, segments, price, in_stock, active, source,
       recency, deleted)
    select c.id, f.folded_code, f.name,
           setweight(f.name_and_code, 'A') || f.kind || f.description
           || array_to_tsvector(
                array_remove(array[
                  'ids=' || (c.id >> 10), 'name=' || left(f.name, 3),
                  case when c.product_type <> 'product' then 'type=' || c.product_type end,
                  'brand=' || left(c.brand, 200), 'category=' || left(c.category, 200),
                  case when not c.active then 'active=no' end], null)
                || array(select 'segment=' || left(g.name, 200) from unnest(c.segments) as g (name)
                         where g.name is not null)
                || array(select '=' || substr('^' || f.folded_code, i, 3)
                         from generate_series(1, greatest(length(f.folded_code) - 1, 1)) as g (i)
                         where f.folded_code is not null)),
           c.product_type, c.brand, c.category, c.segments, c.base_price, coalesce(c.stock_quantity, 0) > 0,
           coalesce(c.active, true), c.source_system, coalesce(-extract(epoch from c.source_updated_at), 0),
           c.deleted_at is not null
    from folded f join changed c using (id)
    order by c.id
    on conflict (product_id) do update
    set code = excluded.code, name = excluded.name, document = excluded.document,
        product_type = excluded.product_type, brand = excluded.brand, category = excluded.category,
        segments = excluded.segments, price = excluded.price, in_stock = excluded.in_stock,
        active = excluded.active, source = excluded.source, recency = excluded.recency,
        deleted = excluded.deleted
  )
  insert into ploomes_sync.search_words (word)
  select w.word
  from (select distinct string_to_table(f.name, ' ') as word from folded f) w
  where w.word ~ '^[a-z]{3,40}$'
    and not exists (select from ploomes_sync.search_words k where k.word = w.word);
  return null;
end
$$;
create or replace trigger keep_search_of_new after insert on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();
create or replace trigger keep_search_of_changed after update on public.products_enhanced
  referencing new table as changed for each statement execute function ploomes_sync.keep_search();

-- A product that is gone is gone for the search too.
create or replace function ploomes_sync.drop_search() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'TRUNCATE' then
    truncate ploomes_sync.product_search;
  else
    delete from ploomes_sync.product_search s using before b where s.product_id = b.id;
  end if;
  return null;
end
$$;
create or replace trigger drop_search_of_gone after delete on public.products_enhanced
  referencing old table as before for each statement execute function ploomes_sync.drop_search();
create or replace trigger drop_search_of_all after truncate on public.products_enhanced
  for each statement execute function ploomes_sync.drop_search();

create index if not exists product_search_code on ploomes_sync.product_search (code, product_id);
-- Every search reads what is pending whole: a list of the usual 4 MB makes it five times as slow.
create index if not exists product_search_document on ploomes_sync.product_search using gin (document)
  with (gin_pending_list_limit = 256);
create index if not exists product_search_name on ploomes_sync.product_search (name, product_id);
create index if not exists product_search_price on ploomes_sync.product_search (price, product_id);
create index if not exists product_search_recency on ploomes_sync.product_search (recency, product_id);

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
      if length(term) >= 3 then
        choices := choices || (quote_literal(term) || ':*')::tsquery;
      end if;
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

-- The words in any text, where `terms` finds them in names and codes alone.
create or replace function ploomes_sync.anywhere(terms tsquery) returns tsquery
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return regexp_replace(terms::text, '''([^'']+)''((?::\*)?)', '(''\1''\2|''~\1''\2)', 'g')::tsquery;
end
$$;

-- What documents know as one lexeme, whatever signs it has.
create or replace function ploomes_sync.lexeme(value text) returns tsquery
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return ('''' || replace(replace(value, '\', '\\'), '''', '''''') || '''')::tsquery;
end
$$;

-- What documents know a part of a code by: three signs that follow each other; ^ is the beginning. Every second
-- three and the last cover the part: more would cost more than they tell.
create or replace function ploomes_sync.code_parts(part text) returns tsquery
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return (select string_agg(ploomes_sync.lexeme('=' || substr(part, i, 3))::text, ' & ')::tsquery
          from (select generate_series(1, length(part) - 2, 2)
                union select greatest(length(part) - 2, 1)) as g (i));
end
$$;

-- The condition on a row `s` of the table that its document holds what is known, if anything is, and another one.
create or replace function ploomes_sync.known_and(known tsquery, condition text) returns text
language plpgsql immutable parallel safe set search_path = '' as $$
begin
  return concat('s.document @@ ' || quote_literal(known) || '::tsquery and ', condition);
end
$$;

-- So many stretches of 1,024 ids each, as documents know them; each begins so many stretches after the one before.
create or replace function ploomes_sync.stretches(beginning bigint, number integer, apart bigint) returns tsquery
language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  return (select string_agg('''ids=' || g.stretch || '''', '|')
          from generate_series(beginning, beginning + (number - 1) * apart, apart) as g (stretch))::tsquery;
end
$$;

-- Search is as closed as the catalogue itself, until `apply_access` opens it.
do $access$
declare
  f regprocedure;
  r text;
begin
  foreach f in array array['ploomes_sync.fold_code(text)',
      'ploomes_sync.fold(text)',
      'ploomes_sync.elsewhere(tsvector)',
      'ploomes_sync.keep_search()',
      'ploomes_sync.drop_search()',
      'ploomes_sync.mend(text)',
      'ploomes_sync.anywhere(tsquery)',
      'ploomes_sync.lexeme(text)',
      'ploomes_sync.code_parts(text)',
      'ploomes_sync.known_and(tsquery, text)',
      'ploomes_sync.stretches(bigint, integer, bigint)']::regprocedure[] loop
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
