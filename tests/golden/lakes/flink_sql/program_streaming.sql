-- Made by oftra from program.oftra: edits belong there.
-- Fill in before it is submitted: ${env.WAREHOUSE}.

set 'execution.runtime-mode' = 'streaming';
set 'table.local-time-zone' = 'UTC';
set 'execution.checkpointing.interval' = '10 s';
set 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';
set 'table.exec.mini-batch.enabled' = 'true';
set 'table.exec.mini-batch.allow-latency' = '5 s';
set 'table.exec.mini-batch.size' = '5000';

create catalog lake with (
  'type' = 'iceberg',
  'catalog-type' = 'hadoop',
  'warehouse' = '${env.WAREHOUSE}',
  'cache-enabled' = 'false'
);

create database if not exists lake.shop;

create database if not exists lake.reports;

-- The records of sales, as they are.
create table sales_messages (
  message string,
  sold_at_event as coalesce(
    cast(
      cast(
        timestampadd(
          minute,
          case
            when regexp(
                json_value(message, '$.sold_at'),
                ':[0-9.]+[+-][0-9]{2}(?::?[0-9]{2})?$'
              ) then case
                when regexp_extract(json_value(message, '$.sold_at'), ':[0-9.]+([+-])', 1)
                    = '-' then 1
                else -1
              end
                * (
                  cast(
                    regexp_extract(
                      json_value(message, '$.sold_at'),
                      ':[0-9.]+[+-]([0-9]{2})',
                      1
                    ) as int
                  )
                    * 60
                    + coalesce(
                      cast(
                        regexp_extract(
                          json_value(message, '$.sold_at'),
                          ':[0-9.]+[+-][0-9]{2}:?([0-9]{2})$',
                          1
                        ) as int
                      ),
                      0
                    )
                )
            else 0
          end,
          try_cast(
            cast(
              try_cast(
                regexp_extract(
                  json_value(message, '$.sold_at'),
                  '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?0*)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$',
                  1
                ) as date
              ) as string
            )
            || ' '
            || regexp_extract(
              coalesce(
                regexp_extract(
                  json_value(message, '$.sold_at'),
                  '[T ]([0-9:]{5}(?::[0-5][0-9](?:\.[0-9]{1,6})?)?)',
                  1
                ),
                '00:00'
              )
              || ':00',
              '^[0-9:]{8}(?:\.[0-9]+)?',
              0
            ) as timestamp(6)
          )
        ) as timestamp_ltz(6)
      ) as timestamp_ltz(3)
    ),
    cast(timestamp '1970-01-01 00:00:00' as timestamp_ltz(3))
  ),
  watermark for sold_at_event as sold_at_event - interval '1' minute
) with (
  'connector' = 'kafka',
  'topic' = 'sales',
  'properties.bootstrap.servers' = 'localhost:9092',
  'scan.startup.mode' = 'earliest-offset',
  'scan.watermark.idle-timeout' = '60 s',
  'format' = 'raw'
);

-- The rows of sales, each with the rules that it breaks.
create view sales_judged as
with sales_fields as (
  select
    *,
    json_query(message, '$.id' with unconditional array wrapper) as id_field,
    json_query(message, '$.shop' with unconditional array wrapper) as shop_field,
    json_query(message, '$.amount' with unconditional array wrapper) as amount_field,
    json_query(message, '$.pieces' with unconditional array wrapper) as pieces_field,
    json_query(message, '$.sold_at' with unconditional array wrapper) as sold_at_field,
    json_query(message, '$.is_void' with unconditional array wrapper) as is_void_field,
    (
      message is json object
      and regexp(message, '\}\s*$')
      and regexp_count(message, '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
        = regexp_count(json_query(message, '$'), '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
      and regexp(message, '"(?:id|shop|amount|pieces|sold_at|is_void)"\s*:')
    ) is true as fits
  from sales_messages
),
sales_texts as (
  select *, json_unquote(regexp_extract(sold_at_field, '(?s)^\[(".*")\]$', 1)) as sold_at_text
  from sales_fields
),
sales_parsed as (
  select
    *,
    try_cast(regexp_extract(id_field, '^\[(-?[0-9]+)(?:\.0*)?\]$', 1) as bigint) as id,
    json_unquote(regexp_extract(shop_field, '(?s)^\[(".*")\]$', 1)) as shop,
    try_cast(
      regexp_extract(
        amount_field,
        '^\[(-?(?:[0-9]+(?:\.[0-9]{0,2}0*)?|[0-9](?:\.[0-9]+)?E\+[0-9]+))\]$',
        1
      ) as decimal(10, 2)
    ) as amount,
    try_cast(regexp_extract(pieces_field, '^\[(-?[0-9]+)(?:\.0*)?\]$', 1) as smallint) as pieces,
    sold_at_event as sold_at,
    case is_void_field when '[true]' then true when '[false]' then false end as is_void
  from sales_texts
),
sales_decoded as (
  select
    id,
    shop,
    amount,
    pieces,
    sold_at,
    is_void,
    nullif(
      cast(sold_at as timestamp_ltz(3)),
      cast(timestamp '1970-01-01 00:00:00' as timestamp_ltz(3))
    ) as sold_at_read,
    readable
  from sales_parsed
  cross join unnest(
    array[
      fits
      and encode(decode(cast(message as bytes), 'UTF-8'), 'UTF-8') = cast(message as bytes)
      and (id_field is null or id is not null)
      and (shop_field is null or shop is not null)
      and (amount_field is null or amount is not null)
      and (pieces_field is null or pieces is not null)
      and (
        sold_at_field is null
        or sold_at <> cast(timestamp '1970-01-01 00:00:00' as timestamp_ltz(3))
      )
      and (is_void_field is null or is_void is not null)
    ]
  ) as readable_once (readable)
)
select
  id,
  shop,
  amount,
  pieces,
  sold_at,
  is_void,
  sold_at_read,
  readable,
  broken,
  case when cardinality(broken) > 0 then cast('dropped' as string) else 'passed' end as outcome
from (
  select
    id,
    shop,
    amount,
    pieces,
    sold_at,
    is_void,
    sold_at_read,
    readable,
    array[
      array_remove(
        cast(
          array[
            case when not readable then cast('readable' as string) end,
            case when readable and id is null then cast('id not null' as string) end,
            case when readable and shop is null then cast('shop not null' as string) end,
            case when readable and sold_at_read is null then cast('sold_at not null' as string) end
          ] as array<string>
        ),
        cast(null as string)
      )
    ] as broken_list
  from sales_decoded
)
cross join unnest(broken_list) as broken_once (broken);

create view sales as
select id, shop, amount, pieces, sold_at, is_void
from sales_judged
where outcome = 'passed';

-- Each sale as it comes.
create table if not exists lake.shop.arrived (
  id bigint,
  shop string,
  amount decimal(10, 2),
  pieces smallint,
  sold_at timestamp_ltz(6),
  is_void boolean
) partitioned by (shop);

-- The last word on each sale.
create table if not exists lake.shop.`current` (
  id bigint,
  shop string,
  amount decimal(10, 2),
  pieces smallint,
  sold_at timestamp_ltz(6),
  is_void boolean,
  primary key (id) not enforced
) with (
  'format-version' = '2'
);

create view counted as
select shop, count(*) as sales
from sales
group by shop;

create table if not exists lake.reports.`how many` (
  shop string,
  sales bigint,
  primary key (shop) not enforced
) with (
  'format-version' = '2'
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
    'sales' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      count(*) filter (where outcome = 'dropped') as dropped,
      cast(0 as bigint) as quarantined,
      cast(
        array[
          cast(
            row(
              cast('readable' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('readable' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('id not null' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('id not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('shop not null' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('shop not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('sold_at not null' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('sold_at not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from sales_judged
  ) as counts;

  insert into lake.shop.arrived (id, shop, amount, pieces, sold_at, is_void)
  select *
  from sales;

  insert into lake.shop.`current` /*+ options('upsert-enabled' = 'true') */ (id, shop, amount, pieces, sold_at, is_void)
  select id, shop, amount, pieces, sold_at, is_void
  from (
    select
      id,
      shop,
      amount,
      pieces,
      sold_at,
      is_void,
      row_number() over (partition by id order by sold_at desc) as nth_last
    from sales
  )
  where nth_last = 1;

  insert into lake.reports.`how many` /*+ options('upsert-enabled' = 'true') */ (shop, sales)
  select *
  from counted;
end;
