-- Made by oftra from finance/orders.oftra, sales/orders.oftra, shared.oftra: edits belong there.

set timezone = 'UTC';

attach if not exists 'out/house.duckdb' as store;

create schema if not exists store.finance;
create schema if not exists store.sales;

-- All that was sold.
create or replace table store.sales.orders as
select *
from (values (1, 'a', 2.50), (2, 'b', 4.00)) as t (id, item, price)
where price > 0;

-- What of it is booked.
create or replace table store.finance.orders as
select sum(price)::decimal(13, 2) as booked
from store.sales.orders;

create or replace table store.finance.shares as
select orders.id, orders.price / nullif(total.booked, 0) as share
from store.sales.orders
cross join store.finance.orders as total;
