-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view readings as
select *
from read_json(
  'data/readings.jsonl',
  format = 'newline_delimited',
  columns = {'sensor': 'varchar', 'at': 'timestamptz', 'level': 'double'}
);

-- Rows of readings that break a rule stop the run.
select error('readings: ' || string_agg(broken || ' rows break `' || rule || '`', ', '))
from (
  select 'sensor not null' as rule, count(*) as broken
  from readings
  where sensor is null
  union all
  select 'at not null', count(*)
  from readings
  where "at" is null
  union all
  select 'unique (sensor, at)', count(*) - count(distinct (sensor, "at"))
  from readings
  where sensor is not null and "at" is not null
)
where broken > 0
having count(*) > 0;

-- How many rows of readings break a rule; the run goes on.
select *
from (
  select 'level between 0 and 100' as rule, count(*) as broken
  from readings
  where level not between 0 and 100
)
where broken > 0;

-- Rows of summaries that break a rule stop the run.
select error('summaries: ' || string_agg(broken || ' rows break `' || rule || '`', ', '))
from (
  select 'named' as rule, count(*) as broken
  from readings
  where sensor = ''
)
where broken > 0
having count(*) > 0;

-- Rows of summaries that break a rule stop the run.
select error('summaries: ' || string_agg(broken || ' rows break `' || rule || '`', ', '))
from (
  with judged as (
    select sensor, avg(level) as mean
    from readings
    group by sensor
  )
  select 'mean >= 0' as rule, count(*) as broken
  from judged
  where mean < 0
  union all
  select 'primary key (sensor)', count(*) - count(distinct sensor)
  from judged
)
where broken > 0
having count(*) > 0;

copy (
  select sensor, avg(level) as mean
  from readings
  group by sensor
) to 'out/summaries.jsonl' (format json);
