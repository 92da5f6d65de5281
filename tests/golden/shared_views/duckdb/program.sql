-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

-- The even ones: used twice, so it is a view.
create or replace view even as
select *
from (values (1), (2), (3), (4)) as t (n)
where n % 2 = 0;

copy (
  select n * n as square
  from even
  where n * n > 4
) to 'out/large.parquet' (format parquet);

copy (
  select sum(n)::bigint as total
  from even
) to 'out/sums.parquet' (format parquet);
