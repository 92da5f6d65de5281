-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view "some" as
select *
from (values (1, 'a'), (2, 'b'), (2, 'b')) as t (x, y);

create or replace view others as
select *
from (values (2, 'b'), (3, 'c')) as t (x, y);

copy (
  select *
  from "some"
  union all
  select *
  from others
  order by x, y
  limit 4
) to 'out/every.parquet' (format parquet);

copy (
  select *
  from "some"
  intersect
  select *
  from others
) to 'out/both.parquet' (format parquet);

copy (
  select *
  from "some"
  except
  select *
  from others
) to 'out/only_some.parquet' (format parquet);

copy (
  select x, y, count(*) as n
  from "some"
  group by grouping sets ((x, y), (x), ())
  having count(*) > 1
) to 'out/sizes.parquet' (format parquet);
