-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create view `some` as
select *
from (values (1, cast('a' as string)), (2, 'b'), (2, 'b')) as t (x, y);

create view `others` as
select *
from (values (2, cast('b' as string)), (3, 'c')) as t (x, y);

create table `every` (
  x int,
  y string
) with (
  'connector' = 'filesystem',
  'path' = 'out/every.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table `both` (
  x int,
  y string
) with (
  'connector' = 'filesystem',
  'path' = 'out/both.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table only_some (
  x int,
  y string
) with (
  'connector' = 'filesystem',
  'path' = 'out/only_some.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table sizes (
  x int,
  y string,
  n bigint
) with (
  'connector' = 'filesystem',
  'path' = 'out/sizes.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite `every`
  select *
  from `some`
  union all
  select *
  from `others`
  order by x, y
  limit 4;

  insert overwrite `both`
  select *
  from `some`
  intersect
  select *
  from `others`;

  insert overwrite only_some
  select *
  from `some`
  except
  select *
  from `others`;

  insert overwrite sizes
  select *
  from (
    select x, y, count(*) as n
    from `some`
    group by grouping sets ((x, y), (x))
    union all
    select cast(null as int), cast(null as string), count(*)
    from `some`
  )
  where n > 1;
end;
