-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

-- The even ones: used twice, so it is a view.
create view even as
select *
from (values (1), (2), (3), (4)) as t (n)
where cast(mod(n, 2) as int) = 0;

create table `large` (
  square int
) with (
  'connector' = 'filesystem',
  'path' = 'out/large.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table sums (
  total bigint
) with (
  'connector' = 'filesystem',
  'path' = 'out/sums.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite `large`
  select cast(trim(cast(cast(n as bigint) * n as string)) as int) as square
  from even
  where cast(trim(cast(cast(n as bigint) * n as string)) as int) > 4;

  insert overwrite sums
  select sum(cast(n as bigint)) as total
  from even;
end;
