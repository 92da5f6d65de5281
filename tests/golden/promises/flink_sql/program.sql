-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

-- The records of readings, as they are.
create table readings_lines (
  line string
) with (
  'connector' = 'filesystem',
  'path' = 'data/readings.jsonl',
  'format' = 'raw'
);

-- The records of readings, decoded.
create view readings_records as
with readings_fields as (
  select
    *,
    json_query(line, '$.sensor' with unconditional array wrapper) as sensor_field,
    json_query(line, '$.at' with unconditional array wrapper) as at_field,
    json_query(line, '$.level' with unconditional array wrapper) as level_field,
    (
      line is json object
      and regexp(line, '\}\s*$')
      and regexp_count(line, '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
        = regexp_count(json_query(line, '$'), '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
      and regexp(line, '"(?:sensor|at|level)"\s*:')
    ) is true as fits
  from readings_lines
),
readings_texts as (
  select *, json_unquote(regexp_extract(at_field, '(?s)^\[(".*")\]$', 1)) as at_text
  from readings_fields
),
readings_parsed as (
  select
    *,
    json_unquote(regexp_extract(sensor_field, '(?s)^\[(".*")\]$', 1)) as sensor,
    cast(
      timestampadd(
        minute,
        case
          when regexp(at_text, ':[0-9.]+[+-][0-9]{2}(?::?[0-9]{2})?$') then case
              when regexp_extract(at_text, ':[0-9.]+([+-])', 1) = '-' then 1
              else -1
            end
              * (
                cast(regexp_extract(at_text, ':[0-9.]+[+-]([0-9]{2})', 1) as int) * 60
                  + coalesce(
                    cast(regexp_extract(at_text, ':[0-9.]+[+-][0-9]{2}:?([0-9]{2})$', 1) as int),
                    0
                  )
              )
          else 0
        end,
        try_cast(
          cast(
            try_cast(
              regexp_extract(
                at_text,
                '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?0*)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$',
                1
              ) as date
            ) as string
          )
          || ' '
          || regexp_extract(
            coalesce(
              regexp_extract(at_text, '[T ]([0-9:]{5}(?::[0-5][0-9](?:\.[0-9]{1,6})?)?)', 1),
              '00:00'
            )
            || ':00',
            '^[0-9:]{8}(?:\.[0-9]+)?',
            0
          ) as timestamp(6)
        )
      ) as timestamp_ltz(6)
    ) as `at`,
    case
      when abs(try_cast(regexp_extract(level_field, '^\[(-?[0-9].*)\]$', 1) as double))
          < cast('Infinity' as double) then try_cast(
          regexp_extract(level_field, '^\[(-?[0-9].*)\]$', 1) as double
        )
    end as `level`
  from readings_texts
)
select sensor, `at`, `level`, readable
from readings_parsed
cross join unnest(
  array[
    fits
    and encode(decode(cast(line as bytes), 'UTF-8'), 'UTF-8') = cast(line as bytes)
    and (sensor_field is null or sensor is not null)
    and (at_field is null or `at` is not null)
    and (level_field is null or `level` is not null)
  ]
) as readable_once (readable);

create view readings as
select sensor, `at`, `level`
from readings_records;

create view summaries_rows as
select sensor, avg(`level`) as mean
from readings
group by sensor;

create table summaries (
  sensor string,
  mean double
) with (
  'connector' = 'filesystem',
  'path' = 'out/summaries.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'json.encode.decimal-as-plain-number' = 'true'
);

-- What was read, what stayed out, and how many records break each rule.
create table run_report (
  relation string,
  `assertion` string,
  `read` bigint,
  dropped bigint,
  quarantined bigint,
  rules array<row<rule string, action string, records bigint>>
) with (
  'connector' = 'print'
);

execute statement set
begin
  insert into run_report
  select
    'readings' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      cast(0 as bigint) as dropped,
      cast(0 as bigint) as quarantined,
      cast(
        array[
          cast(
            row(
              cast('readable' as string),
              cast('fail' as string),
              count(*) filter (where not readable)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('sensor not null' as string),
              cast('fail' as string),
              count(*) filter (where readable and sensor is null)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('at not null' as string),
              cast('fail' as string),
              count(*) filter (where readable and `at` is null)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('level between 0 and 100' as string),
              cast('warn' as string),
              count(*) filter (where `level` not between 0.0e0 and 100.0e0)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('unique (sensor, at)' as string),
              cast('fail' as string),
              coalesce(
                (
                  select cast(trim(cast(sum(cast(`rows` as decimal(19, 0))) as string)) as bigint)
                  from (
                    select sensor, `at`, count(*) as `rows`
                    from readings_records
                    where sensor is not null and `at` is not null
                    group by sensor, `at`
                    having count(*) > 1
                  )
                ),
                0
              )
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from readings_records
  ) as counts
  where case
      when rules[1].records > 0 then cast(
          concat('readings: `readable` is broken by ', cast(rules[1].records as string)) as boolean
        )
      else true
    end
    and case
      when rules[2].records > 0 then cast(
          concat(
            'readings: `sensor not null` is broken by ',
            cast(rules[2].records as string)
          ) as boolean
        )
      else true
    end
    and case
      when rules[3].records > 0 then cast(
          concat(
            'readings: `at not null` is broken by ',
            cast(rules[3].records as string)
          ) as boolean
        )
      else true
    end
    and case
      when rules[5].records > 0 then cast(
          concat(
            'readings: `unique (sensor, at)` is broken by ',
            cast(rules[5].records as string)
          ) as boolean
        )
      else true
    end;

  insert into run_report
  select 'summaries' as relation, 'named' as `assertion`, `read`, dropped, quarantined, rules
  from (
    select
      count(*) as `read`,
      cast(0 as bigint) as dropped,
      cast(0 as bigint) as quarantined,
      cast(
        array[
          cast(
            row(
              cast('named' as string),
              cast('fail' as string),
              count(*) filter (where sensor = '')
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from readings
  ) as counts
  where case
      when rules[1].records > 0 then cast(
          concat('summaries: `named` is broken by ', cast(rules[1].records as string)) as boolean
        )
      else true
    end;

  insert into run_report
  select
    'summaries' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      cast(0 as bigint) as dropped,
      cast(0 as bigint) as quarantined,
      cast(
        array[
          cast(
            row(
              cast('mean >= 0' as string),
              cast('fail' as string),
              count(*) filter (where not mean >= 0.0e0)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('primary key (sensor)' as string),
              cast('fail' as string),
              coalesce(
                (
                  select cast(trim(cast(sum(cast(`rows` as decimal(19, 0))) as string)) as bigint)
                  from (
                    select sensor, count(*) as `rows`
                    from summaries_rows
                    group by sensor
                    having count(*) > 1
                  )
                ),
                0
              )
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from summaries_rows
  ) as counts
  where case
      when rules[1].records > 0 then cast(
          concat(
            'summaries: `mean >= 0` is broken by ',
            cast(rules[1].records as string)
          ) as boolean
        )
      else true
    end
    and case
      when rules[2].records > 0 then cast(
          concat(
            'summaries: `primary key (sensor)` is broken by ',
            cast(rules[2].records as string)
          ) as boolean
        )
      else true
    end;

  insert overwrite summaries
  select *
  from summaries_rows;
end;
