-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create view readings as
select *
from (
  values
    (cast('a' as string), 1, 10.0e0),
    ('a', 2, cast(null as double)),
    ('a', 3, 30.0e0),
    ('b', 1, 5.0e0)
) as t (sensor, `at`, `level`);

create table smooth (
  sensor string,
  `at` int,
  mean double,
  step double,
  total double
) with (
  'connector' = 'filesystem',
  'path' = 'out/smooth.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table best (
  sensor string,
  `at` int
) with (
  'connector' = 'filesystem',
  'path' = 'out/best.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table shares (
  sensor string,
  `level` double,
  share double
) with (
  'connector' = 'filesystem',
  'path' = 'out/shares.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table highest (
  sensor string,
  `level` double,
  whole double
) with (
  'connector' = 'filesystem',
  'path' = 'out/highest.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite smooth
  select
    sensor,
    `at`,
    avg(`level`) over (
      partition by sensor
      order by `at`
      rows between 1 preceding and current row
    ) as mean,
    `level` - lag(`level`) over (partition by sensor order by `at`) as step,
    sum(`level`) over (partition by sensor order by `at`) as total
  from readings;

  insert overwrite best
  select sensor, `at`
  from (
    select
      sensor,
      `at`,
      `level`,
      rank() over (order by cast(`level` as string) = 'NaN' desc, `level` desc) as place
    from readings
  )
  where place <= 2;

  insert overwrite shares
  select
    sensor,
    sum(`level`) as `level`,
    sum(`level`) / nullif(sum(sum(`level`)) over (), 0) as share
  from readings
  group by sensor;

  insert overwrite highest
  select sensor, `level`, whole
  from (
    select
      sensor,
      `level`,
      rank() over (
        partition by sensor
        order by cast(`level` as string) = 'NaN' desc,
          `level` desc
      ) as place,
      sum(`level`) over (partition by sensor) as whole
    from readings
  )
  where place = 1;
end;
