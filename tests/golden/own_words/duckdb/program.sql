-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view words as
select *
from (values ('a b'), ('b')) as t (line);

copy (
  select (gross * 0.80)::decimal(13, 4) as net, (round(weight * 2) / 2)::double as weight
  from (values (10.00, 1.26e0), (0.99, 0.1e0)) as t (gross, weight)
) to 'out/prices.parquet' (format parquet);

copy (
  with counted as (
    select *
    from (
      select word, count(*) as n
  from (select unnest(string_split(line, ' ')) as word from words)
  group by word
    )
  )
  select word::varchar as word, n::bigint as n
  from counted
  order by word nulls first
) to 'out/counts.parquet' (format parquet);
