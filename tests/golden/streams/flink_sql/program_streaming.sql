-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'streaming';
set 'table.local-time-zone' = 'UTC';
set 'execution.checkpointing.interval' = '10 s';
set 'table.exec.mini-batch.enabled' = 'true';
set 'table.exec.mini-batch.allow-latency' = '5 s';
set 'table.exec.mini-batch.size' = '5000';

-- The records of clicks, as they are.
create table clicks_lines (
  line string,
  file string metadata from 'file.path' virtual,
  at_event as coalesce(
    cast(
      cast(
        case
          when regexp(
              json_value(line, '$.at'),
              ':[0-9.]+([+-][0-9]{2}(?::?[0-9]{2})?)$'
            ) then timestampadd(
              minute,
              case
                when regexp_extract(json_value(line, '$.at'), ':[0-9.]+([+-])', 1) = '-' then 1
                else -1
              end
                * (
                  cast(regexp_extract(json_value(line, '$.at'), ':[0-9.]+[+-]([0-9]{2})', 1) as int)
                    * 60
                    + coalesce(
                      cast(
                        regexp_extract(
                          json_value(line, '$.at'),
                          ':[0-9.]+[+-][0-9]{2}:?([0-9]{2})$',
                          1
                        ) as int
                      ),
                      0
                    )
                ),
              try_cast(
                cast(
                  try_cast(
                    regexp_extract(
                      json_value(line, '$.at'),
                      '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?0*)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$',
                      1
                    ) as date
                  ) as string
                )
                || ' '
                || regexp_replace(
                  coalesce(
                    regexp_extract(
                      json_value(line, '$.at'),
                      '[T ]([0-9:]{5}(?::[0-5][0-9](?:\.[0-9]{1,6})?)?)',
                      1
                    ),
                    '00:00'
                  ),
                  '^(.{5})$',
                  '$1:00'
                ) as timestamp(6)
              )
            )
          else try_cast(
              cast(
                try_cast(
                  regexp_extract(
                    json_value(line, '$.at'),
                    '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?0*)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$',
                    1
                  ) as date
                ) as string
              )
              || ' '
              || regexp_replace(
                coalesce(
                  regexp_extract(
                    json_value(line, '$.at'),
                    '[T ]([0-9:]{5}(?::[0-5][0-9](?:\.[0-9]{1,6})?)?)',
                    1
                  ),
                  '00:00'
                ),
                '^(.{5})$',
                '$1:00'
              ) as timestamp(6)
            )
        end as timestamp_ltz(6)
      ) as timestamp_ltz(3)
    ),
    cast(timestamp '1970-01-01 00:00:00' as timestamp_ltz(3))
  ),
  watermark for at_event as at_event - interval '10' minute
) with (
  'connector' = 'filesystem',
  'path' = 'data/clicks',
  'source.monitor-interval' = '10 s',
  'format' = 'raw'
);

-- The records of pages, as they are.
create table pages_lines (
  line string
) with (
  'connector' = 'filesystem',
  'path' = 'data/pages.csv',
  'format' = 'raw'
);

-- The rows of clicks, each with the rules that it breaks.
create view clicks_judged as
with clicks_fields as (
  select
    *,
    json_query(line, '$.id' with unconditional array wrapper) as id_field,
    json_query(line, '$.user_id' with unconditional array wrapper) as user_id_field,
    json_query(line, '$.page' with unconditional array wrapper) as page_field,
    json_query(line, '$.at' with unconditional array wrapper) as at_field,
    (
      line is json object
      and regexp(line, '\}\s*$')
      and char_length(
        regexp_replace(replace(replace(line, '\\', ''), '\"', ''), '"[^"]*"|[^{}\[\]:,]', '')
      )
        = char_length(
          regexp_replace(
            replace(replace(json_query(line, '$'), '\\', ''), '\"', ''),
            '"[^"]*"|[^{}\[\]:,]',
            ''
          )
        )
      and regexp(line, '"(?:id|user_id|page|at)"\s*:')
    ) is true as fits
  from clicks_lines
),
clicks_texts as (
  select *, case when at_field like '["%' then json_value(at_field, '$[0]') end as at_text
  from clicks_fields
),
clicks_parsed as (
  select
    *,
    case when id_field like '["%' then json_value(id_field, '$[0]') end as id,
    try_cast(regexp_extract(user_id_field, '^\[(-?[0-9]+)(?:\.0*)?\]$', 1) as int) as user_id,
    case when page_field like '["%' then json_value(page_field, '$[0]') end as page,
    at_event as `at`
  from clicks_texts
),
clicks_decoded as (
  select
    id,
    user_id,
    page,
    `at`,
    fits
    and (id_field is null or id is not null)
    and (user_id_field is null or user_id is not null)
    and (page_field is null or page is not null)
    and `at` <> cast(timestamp '1970-01-01 00:00:00' as timestamp_ltz(3)) as readable,
    line as record,
    regexp_extract(file, '(?:^|/)data/(.*)$', 1) as file,
    cast(null as bigint) as `position`
  from clicks_parsed
)
select
  id,
  user_id,
  page,
  `at`,
  readable,
  record,
  file,
  `position`,
  broken,
  case
    when cardinality(
        array_except(broken, cast(array[cast('by_a_person' as string)] as array<string>))
      )
        > 0 then cast('quarantined' as string)
    when array_contains(broken, cast('by_a_person' as string)) then 'dropped'
    else 'passed'
  end as outcome
from (
  select
    id,
    user_id,
    page,
    `at`,
    readable,
    record,
    file,
    `position`,
    array_remove(
      cast(
        array[
          case when not readable then cast('readable' as string) end,
          case when readable and id is null then cast('id not null' as string) end,
          case when readable and user_id is null then cast('user_id not null' as string) end,
          case when not user_id > 0 then cast('known_user' as string) end,
          case when readable and page is null then cast('page not null' as string) end,
          case when readable and `at` is null then cast('at not null' as string) end,
          case when page = '/health' then cast('by_a_person' as string) end
        ] as array<string>
      ),
      cast(null as string)
    ) as broken
  from clicks_decoded
);

-- A click on a page, as the site reports it.
create view clicks as
select id, user_id, page, `at`
from clicks_judged
where outcome = 'passed';

-- The records of pages, decoded.
create view pages_records as
with pages_cells as (
  select *, regexp_extract_all(',' || line, ',("(?:[^"]|"")*"|[^",]*)', 1) as cells
  from pages_lines
  where line <> 'page,section'
),
pages_fields as (
  select
    *,
    nullif(
      case
        when 1 <= cardinality(cells) then case
            when cells[1] like '"%' then replace(
                substring(cells[1], 2, char_length(cells[1]) - 2),
                '""',
                '"'
              )
            else cells[1]
          end
      end,
      ''
    ) as page_field,
    nullif(
      case
        when 2 <= cardinality(cells) then case
            when cells[2] like '"%' then replace(
                substring(cells[2], 2, char_length(cells[2]) - 2),
                '""',
                '"'
              )
            else cells[2]
          end
      end,
      ''
    ) as section_field,
    (
      line <> ''
      and regexp(line, '^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*)){1}$')
      and not regexp(line, '^(?:(?:page|section)(?:,|$))+$')
    ) is true as fits
  from pages_cells
),
pages_parsed as (
  select *, page_field as page, section_field as `section`
  from pages_fields
)
select page, `section`, fits as readable
from pages_parsed;

create view pages as
select page, `section`
from pages_records;

-- Clicks with the section of the site that they belong to.
create view visits as
select clicks.id, clicks.user_id, clicks.page, p.`section`, clicks.`at`
from clicks
left join pages as p using (page);

create table stored_visits (
  id string,
  user_id int,
  page string,
  `section` string,
  `at` timestamp_ltz(6)
) with (
  'connector' = 'filesystem',
  'path' = 'out/visits.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

-- How many clicks each section has, a quarter of an hour at a time.
create table busy (
  `section` string,
  window_start timestamp_ltz(6),
  window_end timestamp_ltz(6),
  clicks bigint,
  users bigint
) with (
  'connector' = 'filesystem',
  'path' = 'out/busy.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

-- What a user looks at without a break of five minutes.
create table stays (
  user_id int,
  window_start timestamp_ltz(6),
  window_end timestamp_ltz(6),
  clicks bigint
) with (
  'connector' = 'filesystem',
  'path' = 'out/stays.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table rejected (
  record string,
  rules array<string>,
  `source` string,
  file string,
  `position` bigint,
  read_at timestamp_ltz(6)
) with (
  'connector' = 'filesystem',
  'path' = 'out/rejected.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create table visits_json (
  id string,
  user_id int,
  page string,
  `section` string,
  `at` timestamp_ltz(6)
) with (
  'connector' = 'filesystem',
  'path' = 'out/visits.jsonl',
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
    'clicks' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      count(*) filter (where outcome = 'dropped') as dropped,
      count(*) filter (where outcome = 'quarantined') as quarantined,
      cast(
        array[
          cast(
            row(
              cast('readable' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('readable' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('id not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('id not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('user_id not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('user_id not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('known_user' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('known_user' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('page not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('page not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('at not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('at not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('by_a_person' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('by_a_person' as string)))
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from clicks_judged
  ) as counts;

  insert into run_report
  select
    'pages' as relation,
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
              cast('page not null' as string),
              cast('fail' as string),
              count(*) filter (where readable and page is null)
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from pages_records
  ) as counts
  where case
      when rules[1].records > 0 then cast(
          concat('pages: `readable` is broken by ', cast(rules[1].records as string)) as boolean
        )
      else true
    end
    and case
      when rules[2].records > 0 then cast(
          concat(
            'pages: `page not null` is broken by ',
            cast(rules[2].records as string)
          ) as boolean
        )
      else true
    end;

  insert into stored_visits
  select *
  from visits;

  insert into busy
  select
    `section`,
    cast(window_start as timestamp_ltz(6)) as window_start,
    cast(window_end as timestamp_ltz(6)) as window_end,
    count(*) as clicks,
    count(distinct user_id) as users
  from tumble(
    (
      select clicks.user_id, clicks.page, clicks.`at`, pages.page as page_2, pages.`section`
      from clicks
      join pages using (page)
    ),
    descriptor(`at`),
    interval '15' minute
  )
  group by `section`, window_start, window_end;

  insert into stays
  select
    user_id,
    cast(window_start as timestamp_ltz(6)) as window_start,
    cast(window_end as timestamp_ltz(6)) as window_end,
    count(*) as clicks
  from session(
    (select user_id, `at` from clicks) partition by user_id,
    descriptor(`at`),
    interval '5' minute
  )
  group by user_id, window_start, window_end;

  insert into rejected
  select
    record,
    broken as rules,
    cast('clicks' as string) as `source`,
    file,
    `position`,
    now() as read_at
  from clicks_judged
  where outcome = 'quarantined';

  insert into visits_json
  select *
  from visits;
end;
