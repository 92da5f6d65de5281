-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

attach if not exists 'out/store.duckdb' as store;

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

-- The records of customers, decoded.
create or replace temp table customers_records as
with records as (
  select
    line,
    case
      when is_json_object(line) then from_json(
          long_numbers(line),
          '{"id": "JSON", "name": "JSON", "region": "JSON"}'
        )
    end as fields,
    case
      when fields is not null then list_has_any(json_keys(line), ['id', 'name', 'region'])
      else false
    end as fits
  from text_lines('data/customers.jsonl')
)
select
  try_cast(regexp_extract(json_digits(fields.id), '^(-?[0-9]+)(?:\.0*)?$', 1) as bigint) as id,
  json_text(fields.name) as name,
  json_text(fields.region) as region,
  fits
  and (fields.id is null or id is not null)
  and (fields.name is null or name is not null)
  and (fields.region is null or region is not null) as readable
from records;

insert into run_report by name
select
  'customers' as relation,
  count(*) as read,
  [
    {'rule': 'readable', 'action': 'fail', 'records': count(*) filter (where not readable)},
    {
      'rule': 'id not null',
      'action': 'fail',
      'records': count(*) filter (where readable and id is null)
    },
    {
      'rule': 'name not null',
      'action': 'fail',
      'records': count(*) filter (where readable and name is null)
    },
    {
      'rule': 'primary key (id)',
      'action': 'fail',
      'records': coalesce(
        (
          select sum(rows)
          from (
            select id, count(*) as rows
            from customers_records
            where id is not null
            group by id
            having count(*) > 1
          )
        )::bigint,
        0
      )
    }
  ] as rules
from customers_records;

select *
from stop_if_broken('customers');

create or replace view customers as
select id, name, region
from customers_records;

-- The records of orders, decoded.
create or replace temp table orders_records as
with lines as (
  select *
  from text_lines('data/orders.csv')
),
heads as (
  select
    file,
    min(number) as number,
    csv_cells(arg_min(line, number), ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as names,
    len(names) = len(list_distinct(names))
    and list_has_any(names, ['id', 'customer_id', 'amount', 'placed', 'status']) as fits
  from lines
  group by file
),
records as (
  select
    lines.line,
    csv_cells(lines.line, ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as cells,
    {
      'id': nullif(cells[list_position(heads.names, 'id')], ''),
      'customer_id': nullif(cells[list_position(heads.names, 'customer_id')], ''),
      'amount': nullif(cells[list_position(heads.names, 'amount')], ''),
      'placed': nullif(cells[list_position(heads.names, 'placed')], ''),
      'status': nullif(cells[list_position(heads.names, 'status')], '')
    } as fields,
    coalesce(heads.fits and lines.line <> '' and len(cells) = len(heads.names), false) as fits
  from lines
  join heads on heads.file = lines.file and lines.number > heads.number
)
select
  try_cast(regexp_extract(fields.id, '^[+-]?[0-9]+$') as bigint) as id,
  try_cast(regexp_extract(fields.customer_id, '^[+-]?[0-9]+$') as bigint) as customer_id,
  try_cast(
    regexp_extract(fields.amount, '^[+-]?[0-9]+(?:\.[0-9]{0,2}0*)?$') as decimal(10, 2)
  ) as amount,
  exact_date(fields.placed) as placed,
  fields.status as status,
  fits
  and (fields.id is null or id is not null)
  and (fields.customer_id is null or customer_id is not null)
  and (fields.amount is null or amount is not null)
  and (fields.placed is null or placed is not null) as readable
from records;

insert into run_report by name
select
  'orders' as relation,
  count(*) as read,
  [
    {'rule': 'readable', 'action': 'fail', 'records': count(*) filter (where not readable)},
    {
      'rule': 'id not null',
      'action': 'fail',
      'records': count(*) filter (where readable and id is null)
    },
    {
      'rule': 'customer_id references customers (id)',
      'action': 'fail',
      'records': (
        select count(*)
        from orders_records
        anti join customers on orders_records.customer_id = customers.id
        where orders_records.customer_id is not null
      )
    },
    {
      'rule': 'amount not null',
      'action': 'fail',
      'records': count(*) filter (where readable and amount is null)
    },
    {'rule': 'amount >= 0', 'action': 'fail', 'records': count(*) filter (where amount < 0)},
    {
      'rule': 'placed not null',
      'action': 'fail',
      'records': count(*) filter (where readable and placed is null)
    },
    {
      'rule': 'primary key (id)',
      'action': 'fail',
      'records': coalesce(
        (
          select sum(rows)
          from (
            select id, count(*) as rows
            from orders_records
            where id is not null
            group by id
            having count(*) > 1
          )
        )::bigint,
        0
      )
    },
    {
      'rule': 'plausible_amount',
      'action': 'warn',
      'records': count(*) filter (where amount >= 1000)
    },
    {
      'rule': 'known_status',
      'action': 'warn',
      'records': count(*) filter (where status not in ('open', 'paid', 'lost'))
    }
  ] as rules
from orders_records;

select *
from stop_if_broken('orders');

-- What a customer bought.
create or replace view orders as
select id, customer_id, amount, placed, status
from orders_records;

-- Orders with who placed them.
create or replace temp table placed_orders as
select
  orders.id,
  customers.name,
  coalesce(customers.region, 'nowhere') as region,
  orders.amount,
  orders.placed,
  orders.status
from orders
left join customers on orders.customer_id = customers.id;

-- How much each region bought, month by month.
create or replace table store.revenue as
select
  region,
  date_trunc('month', placed)::date as month,
  count(*) as orders,
  sum(amount)::decimal(20, 2) as revenue,
  avg(amount) as mean
from placed_orders
where status is distinct from 'lost'
group by region, month;

-- The dearest order of each customer.
create or replace table store.dearest as
select name, id, amount
from placed_orders
where name is not null
qualify row_number() over (partition by name order by amount desc, id) = 1;

copy store.revenue to 'out/revenue.csv' (format csv, header true);

select *
from run_report;
