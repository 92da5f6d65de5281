-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create view people as
select *
from (
  values
    (1, cast('Ann' as string), 3),
    (2, 'Bob', cast(null as int)),
    (3, 'Cy', cast(null as int))
) as t (id, `name`, boss);

create table bosses (
  `name` string
) with (
  'connector' = 'filesystem',
  'path' = 'out/bosses.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table alone (
  `name` string
) with (
  'connector' = 'filesystem',
  'path' = 'out/alone.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table counted (
  `name` string,
  reports bigint,
  highest int
) with (
  'connector' = 'filesystem',
  'path' = 'out/counted.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite bosses
  select `name`
  from people as p
  where exists (select 1 from people where boss = p.id);

  insert overwrite alone
  select `name`
  from people
  where id not in (select boss from people where boss is not null) and boss is null;

  insert overwrite counted
  select
    `name`,
    (select count(*) from people where boss = p.id) as reports,
    (select max(id) from people) as highest
  from people as p;
end;
