-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view readings as
select *
from (
  values
    ('a', 1, 10.0e0),
    ('a', 2, null),
    ('a', 3, 30.0e0),
    ('b', 1, 5.0e0)
) as t (sensor, "at", level);

copy (
  select
    sensor,
    "at",
    avg(level) over (
      partition by sensor
      order by "at"
      rows between 1 preceding and current row
    ) as mean,
    level - lag(level) over (partition by sensor order by "at") as step,
    sum(level) over (partition by sensor order by "at") as total
  from readings
) to 'out/smooth.parquet' (format parquet);

copy (
  select sensor, "at"
  from readings
  qualify rank() over (order by level desc) <= 2
) to 'out/best.parquet' (format parquet);

copy (
  select sensor, sum(level) as level, sum(level) / nullif(sum(sum(level)) over (), 0) as share
  from readings
  group by sensor
) to 'out/shares.parquet' (format parquet);

copy (
  select sensor, level, sum(level) over (partition by sensor) as whole
  from readings
  qualify rank() over (partition by sensor order by level desc) = 1
) to 'out/highest.parquet' (format parquet);
