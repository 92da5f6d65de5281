-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view clicks as
select *
from (
  values
    (1, timestamptz '2026-01-01 10:05:00Z'),
    (1, timestamptz '2026-01-01 10:50:00Z'),
    (2, timestamptz '2026-01-01 11:00:00Z'),
    (2, null)
) as t (user_id, "at");

copy (
  select
    time_bucket(interval '1 hour', "at") as window_start,
    time_bucket(interval '1 hour', "at") + interval '1 hour' as window_end,
    count(*) as clicks
  from clicks
  where "at" is not null
  group by window_start, window_end
) to 'out/hourly.csv' (format csv, header true);

copy (
  select
    time_bucket(interval '7 days', "at", timestamptz '1970-01-01 00:00:00Z') as window_start,
    count(*) as clicks
  from clicks
  where "at" is not null
  group by window_start
) to 'out/weekly.csv' (format csv, header true);

copy (
  select
    user_id,
    "at" + interval '1 month' as later,
    date_sub('minute', "at", timestamptz '2026-01-01 12:00:00Z') as minutes,
    "at"::timestamp::varchar || 'Z' as shown
  from clicks
) to 'out/ages.csv' (format csv, header true);
