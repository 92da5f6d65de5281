-- Ties in revenue, products nobody bought, refunds, staff, orders before the first day that counts.
create table orders as
select
    i as order_id,
    case when i % 19 = 0 then null else i % 9 end as customer_id,
    i % 14 as product_id,
    ['web', 'shop', null][1 + i % 3] as channel,
    (1 + i % 3)::int as quantity,
    (i % 14 // 2 + 0.25)::decimal(10, 2) as price,
    date '2025-12-28' + (i % 30)::int as ordered_on
from range(1, 250) as numbers (i);

create table products as
select
    i as product_id,
    'product ' || i as name,
    ['tea', 'coffee', null][1 + i % 3] as category
from range(0, 17) as numbers (i);

create table customers as
select i as customer_id, case when i = 4 then null else i % 4 = 0 end as is_staff from range(0, 9) as numbers (i);

create table refunds as
select case when i = 5 then null else i * 7 end as order_id from range(1, 30) as numbers (i);
