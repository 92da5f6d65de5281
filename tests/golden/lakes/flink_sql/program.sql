-- Made by oftra from program.oftra: edits belong there.
-- Fill in before it is submitted: ${env.WAREHOUSE}.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create catalog lake with (
  'type' = 'iceberg',
  'catalog-type' = 'hadoop',
  'warehouse' = '${env.WAREHOUSE}',
  'cache-enabled' = 'false'
);

create database if not exists lake.shop;

create database if not exists lake.reports;

-- The records of old_sales, as they are.
create table old_sales_lines (
  line string,
  file string metadata from 'file.path' virtual
) with (
  'connector' = 'filesystem',
  'path' = 'data/sales.csv',
  'format' = 'raw'
);

-- The rows of old_sales, each with the rules that it breaks.
create view old_sales_judged as
with old_sales_cells as (
  select *, regexp_extract_all(',' || line, ',("(?:[^"]|"")*"|[^",]*)', 1) as cells
  from old_sales_lines
  where line <> 'id,shop,amount,pieces,sold_at,is_void'
),
old_sales_fields as (
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
    ) as id_field,
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
    ) as shop_field,
    nullif(
      case
        when 3 <= cardinality(cells) then case
            when cells[3] like '"%' then replace(
                substring(cells[3], 2, char_length(cells[3]) - 2),
                '""',
                '"'
              )
            else cells[3]
          end
      end,
      ''
    ) as amount_field,
    nullif(
      case
        when 4 <= cardinality(cells) then case
            when cells[4] like '"%' then replace(
                substring(cells[4], 2, char_length(cells[4]) - 2),
                '""',
                '"'
              )
            else cells[4]
          end
      end,
      ''
    ) as pieces_field,
    nullif(
      case
        when 5 <= cardinality(cells) then case
            when cells[5] like '"%' then replace(
                substring(cells[5], 2, char_length(cells[5]) - 2),
                '""',
                '"'
              )
            else cells[5]
          end
      end,
      ''
    ) as sold_at_field,
    nullif(
      case
        when 6 <= cardinality(cells) then case
            when cells[6] like '"%' then replace(
                substring(cells[6], 2, char_length(cells[6]) - 2),
                '""',
                '"'
              )
            else cells[6]
          end
      end,
      ''
    ) as is_void_field,
    (
      line <> ''
      and regexp(line, '^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*)){5}$')
      and not regexp(line, '^(?:(?:id|shop|amount|pieces|sold_at|is_void)(?:,|$))+$')
    ) is true as fits
  from old_sales_cells
),
old_sales_parsed as (
  select
    *,
    try_cast(regexp_extract(id_field, '^([+-]?[0-9]+)$', 1) as bigint) as id,
    shop_field as shop,
    try_cast(
      regexp_extract(amount_field, '^([+-]?[0-9]+(?:\.[0-9]{0,2}0*)?)$', 1) as decimal(10, 2)
    ) as amount,
    try_cast(regexp_extract(pieces_field, '^([+-]?[0-9]+)$', 1) as smallint) as pieces,
    cast(
      timestampadd(
        minute,
        case
          when regexp(sold_at_field, ':[0-9.]+[+-][0-9]{2}(?::?[0-9]{2})?$') then case
              when regexp_extract(sold_at_field, ':[0-9.]+([+-])', 1) = '-' then 1
              else -1
            end
              * (
                cast(regexp_extract(sold_at_field, ':[0-9.]+[+-]([0-9]{2})', 1) as int) * 60
                  + coalesce(
                    cast(
                      regexp_extract(sold_at_field, ':[0-9.]+[+-][0-9]{2}:?([0-9]{2})$', 1) as int
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
                sold_at_field,
                '^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?0*)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$',
                1
              ) as date
            ) as string
          )
          || ' '
          || regexp_extract(
            coalesce(
              regexp_extract(sold_at_field, '[T ]([0-9:]{5}(?::[0-5][0-9](?:\.[0-9]{1,6})?)?)', 1),
              '00:00'
            )
            || ':00',
            '^[0-9:]{8}(?:\.[0-9]+)?',
            0
          ) as timestamp(6)
        )
      ) as timestamp_ltz(6)
    ) as sold_at,
    case lower(is_void_field) when 'true' then true when 'false' then false end as is_void
  from old_sales_fields
),
old_sales_decoded as (
  select
    id,
    shop,
    amount,
    pieces,
    sold_at,
    is_void,
    readable,
    case
      when not encode(decode(cast(line as bytes), 'UTF-8'), 'UTF-8')
          = cast(line as bytes) then url_decode(
          replace(
            replace(
              replace(
                replace(
                  replace(url_encode(decode(cast(line as bytes), 'ISO-8859-1')), '%C2%', '\x'),
                  '%C3%8',
                  '\xC'
                ),
                '%C3%9',
                '\xD'
              ),
              '%C3%A',
              '\xE'
            ),
            '%C3%B',
            '\xF'
          )
        )
      else line
    end as record,
    regexp_extract(file, '(?:^|/)data/(.*)$', 1) as file,
    cast(null as bigint) as `position`
  from old_sales_parsed
  cross join unnest(
    array[
      fits
      and encode(decode(cast(line as bytes), 'UTF-8'), 'UTF-8') = cast(line as bytes)
      and (id_field is null or id is not null)
      and (amount_field is null or amount is not null)
      and (pieces_field is null or pieces is not null)
      and (sold_at_field is null or sold_at is not null)
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
  readable,
  record,
  file,
  `position`,
  broken,
  case when cardinality(broken) > 0 then cast('quarantined' as string) else 'passed' end as outcome
from (
  select
    id,
    shop,
    amount,
    pieces,
    sold_at,
    is_void,
    readable,
    record,
    file,
    `position`,
    array[
      array_remove(
        cast(
          array[
            case when not readable then cast('readable' as string) end,
            case when readable and id is null then cast('id not null' as string) end,
            case when readable and shop is null then cast('shop not null' as string) end,
            case when readable and sold_at is null then cast('sold_at not null' as string) end
          ] as array<string>
        ),
        cast(null as string)
      )
    ] as broken_list
  from old_sales_decoded
)
cross join unnest(broken_list) as broken_once (broken);

create view old_sales as
select id, shop, amount, pieces, sold_at, is_void
from old_sales_judged
where outcome = 'passed';

-- What was sold before.
create view sold as
select *
from old_sales;

-- What was sold before.
create table if not exists lake.shop.sold (
  id bigint,
  shop string,
  amount decimal(10, 2),
  pieces smallint,
  sold_at timestamp_ltz(6),
  is_void boolean
) with (
  'write.parquet.compression-codec' = 'zstd'
);

-- Flink can't put no rows in the place of others: so that they don't just stay, it fails.
alter table lake.shop.sold set (
  'flink.max-continuous-empty-commits' = '1'
);

create view by_shop as
select shop, cast(sum(amount) as decimal(20, 2)) as amount, max(pieces) as pieces
from sold
group by shop;

drop table if exists lake.shop.rejected;

create table if not exists lake.shop.rejected (
  record string,
  rules array<string>,
  `source` string,
  file string,
  `position` bigint,
  read_at timestamp_ltz(6)
);

create table if not exists lake.reports.totals (
  shop string,
  amount decimal(20, 2),
  pieces smallint,
  primary key (shop) not enforced
) with (
  'format-version' = '2'
);

create table if not exists lake.shop.`all totals` (
  shop string,
  amount decimal(20, 2),
  pieces smallint
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
    'old_sales' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      cast(0 as bigint) as dropped,
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
              cast('shop not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('shop not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('sold_at not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('sold_at not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from old_sales_judged
  ) as counts;

  insert overwrite lake.shop.sold (id, shop, amount, pieces, sold_at, is_void)
  select *
  from sold;

  insert into lake.shop.rejected (record, rules, `source`, file, `position`, read_at)
  select
    record,
    broken as rules,
    cast('old_sales' as string) as `source`,
    file,
    `position`,
    now() as read_at
  from old_sales_judged
  where outcome = 'quarantined';

  insert into lake.reports.totals /*+ options('upsert-enabled' = 'true') */ (shop, amount, pieces)
  select *
  from by_shop;

  insert into lake.shop.`all totals` (shop, amount, pieces)
  select *
  from by_shop;
end;
