-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

-- The records of shops, as they are.
create table shops_lines (
  line string,
  file string metadata from 'file.path' virtual
) with (
  'connector' = 'filesystem',
  'path' = 'data/shops.csv',
  'format' = 'raw'
);

-- The records of sales, as they are.
create table sales_lines (
  line string,
  file string metadata from 'file.path' virtual
) with (
  'connector' = 'filesystem',
  'path' = 'data/sales',
  'source.path.regex-pattern' = '.*/[^/]*\.jsonl',
  'format' = 'raw'
);

-- The rows of shops, each with the rules that it breaks.
create view shops_judged as
with shops_cells as (
  select *, regexp_extract_all(',' || line, ',("(?:[^"]|"")*"|[^",]*)', 1) as cells
  from shops_lines
  where line <> 'id,opened'
),
shops_fields as (
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
    ) as opened_field,
    (
      line <> ''
      and regexp(line, '^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*)){1}$')
      and not regexp(line, '^(?:(?:id|opened)(?:,|$))+$')
    ) is true as fits
  from shops_cells
),
shops_parsed as (
  select
    *,
    id_field as id,
    try_cast(regexp_extract(opened_field, '^([0-9]{4}-[0-9]{2}-[0-9]{2})$', 1) as date) as opened
  from shops_fields
),
shops_decoded as (
  select
    id,
    opened,
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
  from shops_parsed
  cross join unnest(
    array[
      fits
      and encode(decode(cast(line as bytes), 'UTF-8'), 'UTF-8') = cast(line as bytes)
      and (opened_field is null or opened is not null)
    ]
  ) as readable_once (readable)
)
select
  id,
  opened,
  readable,
  record,
  file,
  `position`,
  broken,
  case when cardinality(broken) > 0 then cast('quarantined' as string) else 'passed' end as outcome
from (
  select
    id,
    opened,
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
            case
              when id is not null
                and count(*) over (partition by id) > 1 then cast('primary key (id)' as string)
            end
          ] as array<string>
        ),
        cast(null as string)
      )
    ] as broken_list
  from shops_decoded
)
cross join unnest(broken_list) as broken_once (broken);

create view shops as
select id, opened
from shops_judged
where outcome = 'passed';

-- The rows of sales, each with the rules that it breaks.
create view sales_judged as
with sales_fields as (
  select
    *,
    json_query(line, '$.id' with unconditional array wrapper) as id_field,
    json_query(line, '$.shop' with unconditional array wrapper) as shop_field,
    json_query(line, '$.amount' with unconditional array wrapper) as amount_field,
    json_query(line, '$.paid' with unconditional array wrapper) as paid_field,
    (
      line is json object
      and regexp(line, '\}\s*$')
      and regexp_count(line, '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
        = regexp_count(json_query(line, '$'), '"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]')
      and regexp(line, '"(?:id|shop|amount|paid)"\s*:')
    ) is true as fits
  from sales_lines
),
sales_parsed as (
  select
    *,
    try_cast(regexp_extract(id_field, '^\[(-?[0-9]+)(?:\.0*)?\]$', 1) as int) as id,
    json_unquote(regexp_extract(shop_field, '(?s)^\[(".*")\]$', 1)) as shop,
    try_cast(
      regexp_extract(
        amount_field,
        '^\[(-?(?:[0-9]+(?:\.[0-9]{0,2}0*)?|[0-9](?:\.[0-9]+)?E\+[0-9]+))\]$',
        1
      ) as decimal(10, 2)
    ) as amount,
    json_unquote(regexp_extract(paid_field, '(?s)^\[(".*")\]$', 1)) as paid
  from sales_fields
),
sales_decoded as (
  select
    id,
    shop,
    amount,
    paid,
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
  from sales_parsed
  cross join unnest(
    array[
      fits
      and encode(decode(cast(line as bytes), 'UTF-8'), 'UTF-8') = cast(line as bytes)
      and (id_field is null or id is not null)
      and (shop_field is null or shop is not null)
      and (amount_field is null or amount is not null)
      and (paid_field is null or paid is not null)
    ]
  ) as readable_once (readable)
)
select
  id,
  shop,
  amount,
  paid,
  readable,
  record,
  file,
  `position`,
  broken,
  case
    when cardinality(
        array_except(
          broken,
          cast(array[cast('plausible' as string), cast('real' as string)] as array<string>)
        )
      )
        > 0 then cast('quarantined' as string)
    when array_contains(broken, cast('real' as string)) then 'dropped'
    else 'passed'
  end as outcome
from (
  select
    sales_decoded.id,
    sales_decoded.shop,
    sales_decoded.amount,
    sales_decoded.paid,
    sales_decoded.readable,
    sales_decoded.record,
    sales_decoded.file,
    sales_decoded.`position`,
    array[
      array_remove(
        cast(
          array[
            case when not sales_decoded.readable then cast('readable' as string) end,
            case
              when sales_decoded.readable
                and sales_decoded.id is null then cast('id not null' as string)
            end,
            case
              when sales_decoded.readable
                and sales_decoded.shop is null then cast('shop not null' as string)
            end,
            case
              when sales_decoded.shop is not null and shops.id is null then cast(
                  'shop references shops (id)' as string
                )
            end,
            case
              when sales_decoded.readable
                and sales_decoded.amount is null then cast('amount not null' as string)
            end,
            case
              when not sales_decoded.amount
                  > cast(0.00 as decimal(10, 2)) then cast('amount > 0' as string)
            end,
            case when not sales_decoded.amount < 1000.00 then cast('plausible' as string) end,
            case
              when sales_decoded.id is not null
                and count(*) over (partition by sales_decoded.id)
                  > 1 then cast('primary key (id)' as string)
            end,
            case when sales_decoded.paid = 'training' then cast('real' as string) end
          ] as array<string>
        ),
        cast(null as string)
      )
    ] as broken_list
  from sales_decoded
  left join shops on sales_decoded.shop = shops.id
)
cross join unnest(broken_list) as broken_once (broken);

-- A sale as a till reports it.
create view sales as
select id, shop, amount, paid
from sales_judged
where outcome = 'passed';

-- What each shop sold.
create table revenue (
  shop string,
  revenue decimal(20, 2)
) with (
  'connector' = 'filesystem',
  'path' = 'out/revenue.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

create view rejected as
select
  record,
  broken as rules,
  cast('shops' as string) as `source`,
  file,
  `position`,
  now() as read_at
from shops_judged
where outcome = 'quarantined'
union all
select record, broken, cast('sales' as string), file, `position`, now()
from sales_judged
where outcome = 'quarantined';

create table stored_rejected (
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

-- How many records of each source are kept apart.
create table refused (
  `source` string,
  records bigint
) with (
  'connector' = 'filesystem',
  'path' = 'out/refused.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
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
    'shops' as relation,
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
              cast('primary key (id)' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('primary key (id)' as string)))
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from shops_judged
  ) as counts;

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
              cast('shop references shops (id)' as string),
              cast('quarantine' as string),
              count(*) filter (
                where array_contains(broken, cast('shop references shops (id)' as string))
              )
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('amount not null' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('amount not null' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('amount > 0' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('amount > 0' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('plausible' as string),
              cast('warn' as string),
              count(*) filter (where array_contains(broken, cast('plausible' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('primary key (id)' as string),
              cast('quarantine' as string),
              count(*) filter (where array_contains(broken, cast('primary key (id)' as string)))
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('real' as string),
              cast('drop' as string),
              count(*) filter (where array_contains(broken, cast('real' as string)))
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from sales_judged
  ) as counts;

  insert overwrite revenue
  select shop, cast(sum(amount) as decimal(20, 2)) as revenue
  from sales
  group by shop;

  insert overwrite stored_rejected
  select *
  from rejected;

  insert overwrite refused
  select `source`, count(*) as records
  from rejected
  group by `source`;
end;
