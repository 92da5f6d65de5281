-- Orders of every status, some of nobody known; lines without an order, and orders without lines.
create table orders as
select
    i as order_id,
    case when i % 11 = 0 then null else i % 7 end as customer_id,
    ['paid', 'shipped', 'open', 'lost', null][1 + i % 5] as status,
    timestamptz '2026-01-30 22:00:00Z' + to_minutes(i * 37) as ordered_at
from range(1, 120) as numbers (i);

create table order_lines as
select
    i % 140 as order_id,
    i % 13 as product_id,
    case when i % 17 = 0 then null else (i % 4)::int end as quantity,
    (i * 31 % 977 / 100)::decimal(10, 2) as unit_price
from range(1, 300) as numbers (i);

create table customers as
select i as customer_id, 'customer ' || i as name, ['NL', 'DE', 'XX', null][1 + i % 4] as country
from range(0, 6) as numbers (i);
