-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view words as
select *
from (values ('a b'), ('b')) as t (line);

copy (
  with
  -- How often each word is there.
  counted as (
    select word::varchar as word, n::bigint as n
    from (
      select word, count(*) as n
      from (select unnest(string_split(line, ' ')) as word from words)
      where word <> '{}'
      group by word
    )
  )
  select *
  from counted
  order by word nulls first
) to 'out/counts.parquet' (format parquet);
