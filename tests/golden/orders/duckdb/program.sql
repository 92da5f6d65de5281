-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

attach if not exists 'out/store.duckdb' as store;

-- What a customer bought.
create or replace view orders as
select
  regexp_extract(id, '^[+-]?[0-9]+$')::bigint as id,
  regexp_extract(customer_id, '^[+-]?[0-9]+$')::bigint as customer_id,
  regexp_extract(amount, '^[+-]?[0-9]+(\.[0-9]{0,2}0*)?$')::decimal(10, 2) as amount,
  placed,
  status
from read_csv(
  'data/orders.csv',
  header = true,
  types = {
    'id': 'varchar',
    'customer_id': 'varchar',
    'amount': 'varchar',
    'placed': 'date',
    'status': 'varchar'
  }
);

-- How many rows of orders break a rule; the run goes on.
select *
from (
  select 'plausible_amount' as rule, count(*) as broken
  from orders
  where amount >= 1000
  union all
  select 'known_status', count(*)
  from orders
  where status not in ('open', 'paid', 'lost')
)
where broken > 0;

create or replace view customers as
select regexp_extract(id, '^-?[0-9]+(\.0+)?$')::bigint as id, name, region
from read_json(
  'data/customers.jsonl',
  format = 'newline_delimited',
  columns = {'id': 'varchar', 'name': 'varchar', 'region': 'varchar'}
);

-- Rows of orders that break a rule stop the run.
select error('orders: ' || string_agg(broken || ' rows break `' || rule || '`', ', '))
from (
  select 'id not null' as rule, count(*) as broken
  from orders
  where id is null
  union all
  select 'customer_id references customers (id)', count(*)
  from orders
  anti join customers on orders.customer_id = customers.id
  where orders.customer_id is not null
  union all
  select 'amount not null', count(*)
  from orders
  where amount is null
  union all
  select 'amount >= 0', count(*)
  from orders
  where amount < 0
  union all
  select 'placed not null', count(*)
  from orders
  where placed is null
  union all
  select 'primary key (id)', count(*) - count(distinct id)
  from orders
  where id is not null
)
where broken > 0
having count(*) > 0;

-- Rows of customers that break a rule stop the run.
select error('customers: ' || string_agg(broken || ' rows break `' || rule || '`', ', '))
from (
  select 'id not null' as rule, count(*) as broken
  from customers
  where id is null
  union all
  select 'name not null', count(*)
  from customers
  where name is null
  union all
  select 'primary key (id)', count(*) - count(distinct id)
  from customers
  where id is not null
)
where broken > 0
having count(*) > 0;

-- Orders with who placed them.
create or replace view placed_orders as
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
