-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';
set variable run_at = now();

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

-- The text of a JSON number, written without an exponent.
create or replace temp macro json_digits(value) as
  case
    when not regexp_matches(json_number(value), '[eE]') then json_number(value)
    when not regexp_matches(json_number(value), '[0-9]{16}|[0-9.]{17}')
      and try_cast(json_number(value) as decimal(38, 18))::double = json_number(value)::double then
      try_cast(json_number(value) as decimal(38, 18))::varchar
  end;

-- What a JSON string says; null if the value is none.
create or replace temp macro json_text(value) as
  case
    when starts_with(value::varchar, '"') and not starts_with(value::varchar, '"\u0001') then value ->> '$'
  end;

-- A text as the day that it names; null if it names none.
create or replace temp macro exact_date(value) as
  try_cast(regexp_extract(value, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') as date);

-- The rows of shops, each with the rules that it breaks.
create or replace temp table shops_judged as
with lines as (
  select *
  from text_lines('data/shops.csv')
),
heads as (
  select
    file,
    min(number) as number,
    csv_cells(arg_min(line, number), ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as names,
    len(names) = len(list_distinct(names)) and list_has_any(names, ['id', 'opened']) as fits
  from lines
  group by file
),
records as (
  select
    lines.file,
    lines.number - heads.number as "position",
    lines.line,
    csv_cells(lines.line, ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as cells,
    {
      'id': nullif(cells[list_position(heads.names, 'id')], ''),
      'opened': nullif(cells[list_position(heads.names, 'opened')], '')
    } as fields,
    coalesce(heads.fits and lines.line <> '' and len(cells) = len(heads.names), false) as fits
  from lines
  join heads on heads.file = lines.file and lines.number > heads.number
),
decoded as (
  select
    fields.id as id,
    exact_date(fields.opened) as opened,
    fits and (fields.opened is null or opened is not null) as readable,
    line as record,
    substring(file, 6) as file,
    "position"
  from records
)
select
  id,
  opened,
  readable,
  record,
  file,
  "position",
  broken,
  case when len(broken) > 0 then 'quarantined' else 'passed' end as outcome
from (
  select
    id,
    opened,
    readable,
    record,
    file,
    "position",
    list_filter(
      [
        case when not readable then 'readable' end,
        case when readable and id is null then 'id not null' end,
        case when id is not null and count(*) over (partition by id) > 1 then 'primary key (id)' end
      ],
      lambda rule: rule is not null
    ) as broken
  from decoded
);

insert into run_report by name
select
  'shops' as relation,
  count(*) as read,
  count(*) filter (where outcome = 'quarantined') as quarantined,
  [
    {
      'rule': 'readable',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'readable'))
    },
    {
      'rule': 'id not null',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'id not null'))
    },
    {
      'rule': 'primary key (id)',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'primary key (id)'))
    }
  ] as rules
from shops_judged;

create or replace view shops as
select id, opened
from shops_judged
where outcome = 'passed';

-- The rows of sales, each with the rules that it breaks.
create or replace temp table sales_judged as
with records as (
  select
    file,
    number - min(number) over (partition by file) + 1 as "position",
    line,
    case
      when is_json_object(line) then from_json(
          long_numbers(line),
          '{"id": "JSON", "shop": "JSON", "amount": "JSON", "paid": "JSON"}'
        )
    end as fields,
    case
      when fields is not null then list_has_any(json_keys(line), ['id', 'shop', 'amount', 'paid'])
      else false
    end as fits
  from text_lines('data/sales/*.jsonl')
),
decoded as (
  select
    try_cast(regexp_extract(json_digits(fields.id), '^(-?[0-9]+)(?:\.0*)?$', 1) as integer) as id,
    json_text(fields.shop) as shop,
    try_cast(
      regexp_extract(
        json_digits(fields.amount),
        '^[+-]?[0-9]+(?:\.[0-9]{0,2}0*)?$'
      ) as decimal(10, 2)
    ) as amount,
    json_text(fields.paid) as paid,
    fits
    and (fields.id is null or id is not null)
    and (fields.shop is null or shop is not null)
    and (fields.amount is null or amount is not null)
    and (fields.paid is null or paid is not null) as readable,
    line as record,
    substring(file, 6) as file,
    "position"
  from records
)
select
  id,
  shop,
  amount,
  paid,
  readable,
  record,
  file,
  "position",
  broken,
  case
    when len(list_filter(broken, lambda rule: rule not in ('plausible', 'real')))
        > 0 then 'quarantined'
    when list_contains(broken, 'real') then 'dropped'
    else 'passed'
  end as outcome
from (
  select
    decoded.id,
    decoded.shop,
    decoded.amount,
    decoded.paid,
    decoded.readable,
    decoded.record,
    decoded.file,
    decoded."position",
    list_filter(
      [
        case when not decoded.readable then 'readable' end,
        case when decoded.readable and decoded.id is null then 'id not null' end,
        case when decoded.readable and decoded.shop is null then 'shop not null' end,
        case
          when decoded.shop is not null and shops.id is null then 'shop references shops (id)'
        end,
        case when decoded.readable and decoded.amount is null then 'amount not null' end,
        case when decoded.amount <= 0 then 'amount > 0' end,
        case when decoded.amount >= 1000 then 'plausible' end,
        case
          when decoded.id is not null
            and count(*) over (partition by decoded.id) > 1 then 'primary key (id)'
        end,
        case when decoded.paid = 'training' then 'real' end
      ],
      lambda rule: rule is not null
    ) as broken
  from decoded
  left join shops on decoded.shop = shops.id
);

insert into run_report by name
select
  'sales' as relation,
  count(*) as read,
  count(*) filter (where outcome = 'dropped') as dropped,
  count(*) filter (where outcome = 'quarantined') as quarantined,
  [
    {
      'rule': 'readable',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'readable'))
    },
    {
      'rule': 'id not null',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'id not null'))
    },
    {
      'rule': 'shop not null',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'shop not null'))
    },
    {
      'rule': 'shop references shops (id)',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'shop references shops (id)'))
    },
    {
      'rule': 'amount not null',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'amount not null'))
    },
    {
      'rule': 'amount > 0',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'amount > 0'))
    },
    {
      'rule': 'plausible',
      'action': 'warn',
      'records': count(*) filter (where list_contains(broken, 'plausible'))
    },
    {
      'rule': 'primary key (id)',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'primary key (id)'))
    },
    {
      'rule': 'real',
      'action': 'drop',
      'records': count(*) filter (where list_contains(broken, 'real'))
    }
  ] as rules
from sales_judged;

-- A sale as a till reports it.
create or replace view sales as
select id, shop, amount, paid
from sales_judged
where outcome = 'passed';

-- What each shop sold.
copy (
  select shop, sum(amount)::decimal(20, 2) as revenue
  from sales
  group by shop
) to 'out/revenue.parquet' (format parquet);

copy (
  select
    record,
    broken as rules,
    'shops' as source,
    file,
    "position",
    getvariable('run_at') as read_at
  from shops_judged
  where outcome = 'quarantined'
  union all
  select record, broken, 'sales', file, "position", getvariable('run_at')
  from sales_judged
  where outcome = 'quarantined'
) to 'out/rejected.parquet' (format parquet);

create or replace view rejected as
select *
from read_parquet('out/rejected.parquet');

-- How many records of each source are kept apart.
copy (
  select source, count(*) as records
  from rejected
  group by source
) to 'out/refused.parquet' (format parquet);

select *
from run_report;
