-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

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

-- Whether a text is one JSON object, each field once. `json_valid` alone lets `[1,]` and NaN pass.
create or replace temp macro is_json_object(line) as
  case
    when json_valid(line) then
      json_type(line) = 'OBJECT'
        and len(json_keys(line)) = len(list_distinct(json_keys(line)))
        and not regexp_matches(
          case
            when regexp_matches(line, ',\s*[\]}]|(?i)nan|inf') then
              regexp_replace(line, '"(?:[^"\\]|\\.)*"', '', 'g')
            else ''
          end,
          ',\s*[\]}]|(?i)nan|inf'
        )
    else false
  end;

-- JSON with its numbers as marked texts if there are long ones: DuckDB would round them to doubles.
create or replace temp macro long_numbers(line) as
  case
    when regexp_matches(line, '[0-9.]{17}') then
      array_to_string(
        list_transform(
          regexp_extract_all(line, '"(?:[^"\\]|\\.)*"|[^"]+'),
          lambda part: if(
            starts_with(part, '"'),
            part,
            regexp_replace(part, '-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', '"\\u0001\0"', 'g')
          )
        ),
        ''
      )
    else line
  end;

-- The text of a JSON number; empty if the value is none.
create or replace temp macro json_number(value) as
  regexp_extract(value::varchar, '^(?:"\\u0001)?(-?[0-9][-+.eE0-9]*)"?$', 1);

-- A number as JSON: a text if JSON has no word for it.
create or replace temp macro json_double(value) as
  case
    when isfinite(value) then to_json(value)
    when isnan(value) then '"NaN"'::json
    when value is not null then if(value > 0, '"Infinity"', '"-Infinity"')::json
  end;

-- What a JSON string says; null if the value is none.
create or replace temp macro json_text(value) as
  case
    when starts_with(value::varchar, '"') and not starts_with(value::varchar, '"\u0001') then value ->> '$'
  end;

-- A text as the instant that it names, to the microsecond, in UTC unless it says otherwise; null if it names none.
create or replace temp macro exact_timestamp(value) as
  try_cast(
    regexp_extract(
      value,
      '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6}0*)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$'
    ) as timestamptz
  );

-- A text as a number; null if it is none, or too large for a double.
create or replace temp macro exact_double(value) as
  case
    when regexp_matches(value, '^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$') then
      if(isfinite(try_cast(value as double)), try_cast(value as double), null)
    when regexp_matches(value, '^[+-]?(?i:nan|inf|infinity)$') then try_cast(value as double)
  end;

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

-- The records of readings, decoded.
create or replace temp table readings_records as
with records as (
  select
    line,
    case
      when is_json_object(line) then from_json(
          long_numbers(line),
          '{"sensor": "JSON", "at": "JSON", "level": "JSON"}'
        )
    end as fields,
    case
      when fields is not null then list_has_any(json_keys(line), ['sensor', 'at', 'level'])
      else false
    end as fits
  from text_lines('data/readings.jsonl')
)
select
  json_text(fields.sensor) as sensor,
  exact_timestamp(json_text(fields."at")) as "at",
  exact_double(
    case
      when fields.level::varchar in ('"NaN"', '"Infinity"', '"-Infinity"') then json_text(fields.level)
      else json_number(fields.level)
    end
  ) as level,
  fits
  and (fields.sensor is null or sensor is not null)
  and (fields."at" is null or "at" is not null)
  and (fields.level is null or level is not null) as readable
from records;

insert into run_report by name
select
  'readings' as relation,
  count(*) as read,
  [
    {'rule': 'readable', 'action': 'fail', 'records': count(*) filter (where not readable)},
    {
      'rule': 'sensor not null',
      'action': 'fail',
      'records': count(*) filter (where readable and sensor is null)
    },
    {
      'rule': 'at not null',
      'action': 'fail',
      'records': count(*) filter (where readable and "at" is null)
    },
    {
      'rule': 'level between 0 and 100',
      'action': 'warn',
      'records': count(*) filter (where level not between 0 and 100)
    },
    {
      'rule': 'unique (sensor, at)',
      'action': 'fail',
      'records': coalesce(
        (
          select sum(rows)
          from (
            select sensor, "at", count(*) as rows
            from readings_records
            where sensor is not null and "at" is not null
            group by sensor, "at"
            having count(*) > 1
          )
        )::bigint,
        0
      )
    }
  ] as rules
from readings_records;

select *
from stop_if_broken('readings');

create or replace view readings as
select sensor, "at", level
from readings_records;

insert into run_report by name
select
  'summaries' as relation,
  'named' as assertion,
  count(*) as read,
  [{'rule': 'named', 'action': 'fail', 'records': count(*) filter (where sensor = '')}] as rules
from readings;

select *
from stop_if_broken('summaries');

create or replace temp table summaries_rows as
select sensor, avg(level) as mean
from readings
group by sensor;

insert into run_report by name
select
  'summaries' as relation,
  count(*) as read,
  [
    {'rule': 'mean >= 0', 'action': 'fail', 'records': count(*) filter (where mean < 0)},
    {
      'rule': 'primary key (sensor)',
      'action': 'fail',
      'records': coalesce(
        (
          select sum(rows)
          from (
            select sensor, count(*) as rows
            from summaries_rows
            group by sensor
            having count(*) > 1
          )
        )::bigint,
        0
      )
    }
  ] as rules
from summaries_rows;

select *
from stop_if_broken('summaries');

copy (
  select sensor, json_double(mean) as mean
  from (
    select *
    from summaries_rows
  )
) to 'out/summaries.jsonl' (format json);

select *
from run_report;
