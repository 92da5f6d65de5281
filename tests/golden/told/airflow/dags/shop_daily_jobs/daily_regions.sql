-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';
set variable env_OUT = 'out';
set variable least = 10.00::decimal(10, 2);
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

-- The rows of sales, each with the rules that it breaks.
create or replace temp table sales_judged as
with lines as (
  select *
  from text_lines('data/sales.csv')
),
heads as (
  select
    file,
    min(number) as number,
    csv_cells(arg_min(line, number), ',', '"', '""', '"(?:[^"]|"")*"|[^",]*') as names,
    len(names) = len(list_distinct(names))
    and list_has_any(names, ['id', 'region', 'amount', 'note']) as fits
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
      'region': nullif(cells[list_position(heads.names, 'region')], ''),
      'amount': nullif(cells[list_position(heads.names, 'amount')], ''),
      'note': nullif(cells[list_position(heads.names, 'note')], '')
    } as fields,
    coalesce(heads.fits and lines.line <> '' and len(cells) = len(heads.names), false) as fits
  from lines
  join heads on heads.file = lines.file and lines.number > heads.number
),
decoded as (
  select
    try_cast(regexp_extract(fields.id, '^[+-]?[0-9]+$') as integer) as id,
    fields.region as region,
    try_cast(
      regexp_extract(fields.amount, '^[+-]?[0-9]+(?:\.[0-9]{0,2}0*)?$') as decimal(10, 2)
    ) as amount,
    fields.note as note,
    fits
    and (fields.id is null or id is not null)
    and (fields.amount is null or amount is not null) as readable,
    line as record,
    substring(file, 6) as file,
    "position"
  from records
)
select
  id,
  region,
  amount,
  note,
  readable,
  record,
  file,
  "position",
  broken,
  case when list_contains(broken, 'amount > 0') then 'quarantined' else 'passed' end as outcome
from (
  select
    id,
    region,
    amount,
    note,
    readable,
    record,
    file,
    "position",
    list_filter(
      [
        case when not readable then 'readable' end,
        case when readable and id is null then 'id not null' end,
        case when readable and region is null then 'region not null' end,
        case when amount <= 0 then 'amount > 0' end,
        case when id is not null and count(*) over (partition by id) > 1 then 'primary key (id)' end
      ],
      lambda rule: rule is not null
    ) as broken
  from decoded
);

insert into run_report by name
select
  'sales' as relation,
  count(*) as read,
  count(*) filter (where outcome = 'quarantined') as quarantined,
  [
    {
      'rule': 'readable',
      'action': 'fail',
      'records': count(*) filter (where list_contains(broken, 'readable'))
    },
    {
      'rule': 'id not null',
      'action': 'fail',
      'records': count(*) filter (where list_contains(broken, 'id not null'))
    },
    {
      'rule': 'region not null',
      'action': 'fail',
      'records': count(*) filter (where list_contains(broken, 'region not null'))
    },
    {
      'rule': 'amount > 0',
      'action': 'quarantine',
      'records': count(*) filter (where list_contains(broken, 'amount > 0'))
    },
    {
      'rule': 'primary key (id)',
      'action': 'fail',
      'records': count(*) filter (where list_contains(broken, 'primary key (id)'))
    }
  ] as rules
from sales_judged;

select *
from stop_if_broken('sales');

create or replace view sales as
select id, region, amount, note
from sales_judged
where outcome = 'passed';

-- What each region brought in.
copy (
  with dear as (
    select region, amount
    from sales
    where amount > getvariable('least')
  )
  select region, sum(amount)::decimal(20, 2) as total, count(*) as sales
  from dear
  group by region
) to (getvariable('env_OUT') || '/regions.parquet') (format parquet);

create or replace view regions as
select *
from read_parquet(getvariable('env_OUT') || '/regions.parquet');

copy (
  select
    record,
    broken as rules,
    'sales' as source,
    file,
    "position",
    getvariable('run_at') as read_at
  from sales_judged
  where outcome = 'quarantined'
) to (getvariable('env_OUT') || '/refused.parquet') (format parquet);

create or replace view gate_1 as
select count(*) > 0 as holds, count(*) as rows_of_regions
from regions;

select *
from run_report;
