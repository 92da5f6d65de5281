-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

-- Twice each number.
create table doubled (
  twice int,
  y string
) with (
  'connector' = 'filesystem',
  'path' = 'out/doubled.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite doubled
  with
  -- Letters that have a name.
  named as (
    select *
    from (values (1, 'a'), (2, cast(null as string)), (3, 'c')) as t (x, y)
    where y is not null
  )
  select cast(trim(cast(cast(x as bigint) * 2 as string)) as int) as twice, y
  from named
  order by twice desc;
end;
