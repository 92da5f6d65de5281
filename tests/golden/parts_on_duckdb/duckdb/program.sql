-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';
set variable env_LAKE = 'out';
set variable run_end = now();
set variable run_start = null::timestamptz;
set variable run_until = case
  when coalesce(getvariable('run_start'), timestamptz '0001-01-01 00:00:00Z')
      = timestamptz '0001-01-01 00:00:00Z' then timestamptz '9999-12-31 23:59:59.999999Z'
  else getvariable('run_end')
end;

attach if not exists 'store.duckdb' as store;

-- What was read, what stayed out, and how many records break each rule.
create or replace temp table run_report (
  relation varchar,
  assertion varchar,
  read bigint,
  dropped bigint default 0,
  quarantined bigint default 0,
  rules struct(rule varchar, action varchar, records bigint)[]
);

-- The lines of files as they are, empty ones too, numbered in their order.
create or replace temp macro text_lines(path) as
  table
  select filename as file, row_number() over () as number, coalesce(line, '') as line
  from read_csv(
    path, columns = {'line': 'varchar'}, header = false, delim = '', quote = '', escape = '',
    auto_detect = false, strict_mode = false, filename = true
  );

-- The cells of a line of csv, each of the form `cell`; null if it is none.
create or replace temp macro csv_cells(line, delimiter, quote, escaped, cell) as
  case
    when not contains(line, quote) then string_split(line, delimiter)
    when regexp_full_match(
      line, '(?:' || cell || ')(?:' || regexp_escape(delimiter) || '(?:' || cell || '))*'
    ) then
      list_transform(
        regexp_extract_all(delimiter || line, regexp_escape(delimiter) || '(' || cell || ')', 1),
        lambda one: if(starts_with(one, quote), replace(one[2:-2], escaped, quote), one)
      )
  end;

-- A text as the instant that it names, to the microsecond, in UTC unless it says otherwise; null if it names none.
create or replace temp macro exact_timestamp(value) as
  try_cast(
    regexp_extract(
      value,
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6}0*)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$'
    ) as timestamptz
  );

-- Stops the run if rules of a relation are broken that may not be.
create or replace temp macro stop_if_broken(name) as
  table
  select error(
    name || ': ' || string_agg(
      broken.records || if(broken.records = 1, ' row breaks `', ' rows break `') || broken.rule || '`', ', '
    )
  )
  from (select unnest(rules) as broken from run_report where relation = name)
  where broken.action = 'fail' and broken.records > 0
  having count(*) > 0;

-- Until when a table is made, as its files say; null if there are none, or if they are of another query.
create or replace temp macro made_until(files, made_of) as
  (
    select min(try_cast(decode(value) as timestamptz)) filter (decode(key) = 'made_until')
    from query(
      if(
        getvariable(files) is null,
        'select null::blob as key, null::blob as value',
        'from parquet_kv_metadata(getvariable(''' || replace(files, '''', '''''') || '''))'
      )
    )
    where decode(key) in ('made_until', 'made_of')
    having bool_and(decode(value) = made_of) filter (decode(key) = 'made_of')
  );

set variable hours_made_until_files = (
  select list(file) from glob(getvariable('env_LAKE') || '/hours.parquet')
);
set variable hours_made_until = coalesce(
  made_until('hours_made_until_files', '2df0fc337d134fd4'),
  timestamptz '0001-01-01 00:00:00Z'
);
create table if not exists store.latest_made_until as
select null::timestamptz as made_until, null::varchar as made_of
limit 0;
set variable latest_made_until = (
  select coalesce(max(made_until), timestamptz '0001-01-01 00:00:00Z')
  from store.latest_made_until
  where made_of = 'a86eed3d2bc57ade'
    and exists (
      select *
      from duckdb_tables()
      where database_name = 'store' and schema_name = 'main' and table_name = 'latest'
    )
);
create table if not exists store.days_made_until as
select null::timestamptz as made_until, null::varchar as made_of
limit 0;
set variable days_made_until = (
  select coalesce(max(made_until), timestamptz '0001-01-01 00:00:00Z')
  from store.days_made_until
  where made_of = '951a114af94de51f'
    and exists (
      select *
      from duckdb_tables()
      where database_name = 'store' and schema_name = 'main' and table_name = 'days'
    )
);

-- Without a window all is made that came since the last such run.
set variable run_start = coalesce(
  getvariable('run_start'),
  least(
    getvariable('hours_made_until'),
    getvariable('latest_made_until'),
    getvariable('days_made_until')
  )
);

-- The records of rides, decoded.
create or replace temp table rides_records as
with lines as (
  select *
  from text_lines('data/rides.csv')
),
heads as (
  select
    file,
    min(number) as number,
    csv_cells(arg_min(line, number), ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as names,
    len(names) = len(list_distinct(names))
    and list_has_any(names, ['id', 'zone', 'at', 'fare', 'left_out']) as fits
  from lines
  group by file
),
records as (
  select
    lines.line,
    csv_cells(lines.line, ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as cells,
    {
      'id': nullif(cells[list_position(heads.names, 'id')], ''),
      'zone': nullif(cells[list_position(heads.names, 'zone')], ''),
      'at': nullif(cells[list_position(heads.names, 'at')], ''),
      'fare': nullif(cells[list_position(heads.names, 'fare')], ''),
      'left_out': nullif(cells[list_position(heads.names, 'left_out')], '')
    } as fields,
    coalesce(heads.fits and lines.line <> '' and len(cells) = len(heads.names), false) as fits
  from lines
  join heads on heads.file = lines.file and lines.number > heads.number
)
select
  try_cast(regexp_extract(fields.id, '^[+-]?[0-9]+$') as integer) as id,
  fields.zone as zone,
  exact_timestamp(fields."at") as "at",
  try_cast(
    regexp_extract(fields.fare, '^[+-]?[0-9]+(?:\.[0-9]{0,2}0*)?$') as decimal(10, 2)
  ) as fare,
  try_cast(regexp_extract(fields.left_out, '^(?i:true|false)$') as boolean) as left_out,
  fits
  and (fields.id is null or id is not null)
  and (fields."at" is null or "at" is not null)
  and (fields.fare is null or fare is not null)
  and (fields.left_out is null or left_out is not null) as readable
from records;

insert into run_report by name
select
  'rides' as relation,
  count(*) as read,
  [
    {'rule': 'readable', 'action': 'fail', 'records': count(*) filter (where not readable)},
    {
      'rule': 'id not null',
      'action': 'fail',
      'records': count(*) filter (where readable and id is null)
    },
    {
      'rule': 'zone not null',
      'action': 'fail',
      'records': count(*) filter (where readable and zone is null)
    },
    {
      'rule': 'at not null',
      'action': 'fail',
      'records': count(*) filter (where readable and "at" is null)
    },
    {
      'rule': 'left_out not null',
      'action': 'fail',
      'records': count(*) filter (where readable and left_out is null)
    }
  ] as rules
from rides_records;

select *
from stop_if_broken('rides');

create or replace view rides as
select id, zone, "at", fare, left_out
from rides_records;

-- The rides of each hour.
create or replace temp table hours_slice as
select
  zone,
  time_bucket(interval '1 hour', "at") + interval '1 hour' as window_end,
  count(*) as rides,
  sum(fare)::decimal(20, 2) as fares
from rides
where "at" > getvariable('run_start') - interval '1 hour 10 minutes'
  and "at" < getvariable('run_until') + interval '1 hour'
  and time_bucket(interval '1 hour', "at") + interval '1 hour'
    > getvariable('run_start') - interval '10 minutes'
  and time_bucket(interval '1 hour', "at") + interval '1 hour'
    < getvariable('run_until') + interval '1 hour'
group by zone, window_end;

set variable hours_made_until = case
  when getvariable('run_until') = timestamptz '9999-12-31 23:59:59.999999Z' then least(
      getvariable('run_end'),
      coalesce(
        (select max(window_end - interval '1 hour') from hours_slice),
        getvariable('run_start')
      )
    )
  else getvariable('hours_made_until')
end;

create or replace temp view hours_stored as
select zone, window_end, rides, fares
from (
  select *
  from read_parquet(getvariable('env_LAKE') || '/hours.parquet', allow_empty = true)
  union all by name
  (
    select zone, window_end, rides, fares
    from hours_slice
    limit 0
  )
);

copy (
  select *
  from hours_stored
  where not (
      window_end > getvariable('run_start') - interval '10 minutes'
      and window_end < getvariable('run_until') + interval '1 hour'
    )
  union all
  select *
  from hours_slice
) to (getvariable('env_LAKE') || '/hours.parquet') (format parquet, kv_metadata {
  'made_until': strftime(getvariable('hours_made_until'), '%Y-%m-%dT%H:%M:%S.%f+00:00'),
  'made_of': '2df0fc337d134fd4'
});

-- The last ride of each zone.
create or replace temp table latest_slice as
select zone, "at", id, left_out
from rides
where "at" >= getvariable('run_start') - interval '10 minutes' and "at" < getvariable('run_until');

set variable latest_made_until = case
  when getvariable('run_until') = timestamptz '9999-12-31 23:59:59.999999Z' then least(
      getvariable('run_end'),
      coalesce((select max("at") from latest_slice), getvariable('run_start'))
    )
  else getvariable('latest_made_until')
end;

begin;

create table if not exists store.latest as
select *
from latest_slice
limit 0;

create table if not exists store.latest_gone as
select zone, "at", id
from latest_slice
limit 0;

create or replace table store.latest as
select zone, "at", id, left_out
from (
  select zone, "at", id, left_out, 0 as is_new, false as is_gone
  from store.latest
  union all
  select zone, "at", id, left_out, 1, false
  from latest_slice
  union all
  select zone, "at", id, null::boolean, 0, true
  from store.latest_gone
)
qualify row_number() over (partition by zone order by "at" desc, id desc, is_new desc) = 1
  and not is_gone
  and left_out is distinct from true;

create or replace table store.latest_gone as
select zone, "at", id
from (
  select zone, "at", id, null::boolean as left_out, 0 as is_new, true as is_gone
  from store.latest_gone
  union all
  select zone, "at", id, left_out, 1, true
  from latest_slice
  where left_out
)
qualify row_number() over (partition by zone order by "at" desc, id desc, is_new desc) = 1;

create or replace table store.latest_made_until as
select getvariable('latest_made_until') as made_until, 'a86eed3d2bc57ade' as made_of;

commit;

create or replace temp table days_slice as
select "at"::date as day, count(*) as rides
from rides
where "at"::date >= (getvariable('run_start') - interval '1 day')::date
  and "at"::date <= (getvariable('run_until') - interval '1 microsecond')::date
group by day;

set variable days_made_until = case
  when getvariable('run_until') = timestamptz '9999-12-31 23:59:59.999999Z' then least(
      getvariable('run_end'),
      coalesce((select max(day::timestamptz) from days_slice), getvariable('run_start'))
    )
  else getvariable('days_made_until')
end;

begin;

create table if not exists store.days as
select *
from days_slice
limit 0;

delete from store.days
where day >= (getvariable('run_start') - interval '1 day')::date
  and day <= (getvariable('run_until') - interval '1 microsecond')::date;

insert into store.days by name
select *
from days_slice;

create or replace table store.days_made_until as
select getvariable('days_made_until') as made_until, '951a114af94de51f' as made_of;

commit;

select *
from run_report;
