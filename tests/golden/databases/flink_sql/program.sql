-- Made by oftra from program.oftra: edits belong there.
-- Fill in before it is submitted: ${secret.shop/reports}.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

-- What was ordered.
create table orders_rows (
  id bigint,
  customer string,
  amount decimal(12, 2),
  paid_at string,
  notes string,
  `"Size"` smallint
) with (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://localhost/shop?sslmode=require&stringtype=unspecified',
  'username' = 'reports',
  'password' = '${secret.shop/reports}',
  'table-name' = '(select id, cast(customer as text) as customer, cast(case when amount <> trunc(amount, 2) then cast(concat(amount, '' is no decimal of 2 digits behind the point'') as numeric) else amount end as numeric(12, 2)) as amount, cast(paid_at at time zone ''UTC'' as text) as paid_at, cast(notes as text) as notes, "Size" from sales."all orders") as orders'
);

-- What was ordered.
create view orders as
select
  id,
  customer,
  amount,
  cast(cast(paid_at as timestamp(6)) as timestamp_ltz(6)) as paid_at,
  notes,
  `"Size"` as `Size`
from orders_rows;

create view by_customer as
select customer, count(*) as orders, max(paid_at) as last_paid
from orders
group by customer;

-- Who ordered what.
create table customers (
  customer string,
  orders bigint,
  last_paid string,
  primary key (customer) not enforced
) with (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://localhost/shop?sslmode=require&stringtype=unspecified',
  'username' = 'reports',
  'password' = '${secret.shop/reports}',
  'table-name' = 'sales.customers'
);

create table seen (
  customer string,
  orders bigint,
  last_paid string
) with (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://localhost/shop?sslmode=require&stringtype=unspecified',
  'username' = 'reports',
  'password' = '${secret.shop/reports}',
  'table-name' = 'audit.seen'
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
    'orders' as relation,
    cast(null as string) as `assertion`,
    `read`,
    dropped,
    quarantined,
    rules
  from (
    select
      count(*) as `read`,
      cast(0 as bigint) as dropped,
      cast(0 as bigint) as quarantined,
      cast(
        array[
          cast(
            row(
              cast('id not null' as string),
              cast('fail' as string),
              count(*) filter (where id is null)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('customer not null' as string),
              cast('fail' as string),
              count(*) filter (where customer is null)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('amount not null' as string),
              cast('fail' as string),
              count(*) filter (where amount is null)
            ) as row<rule string, `action` string, records bigint>
          ),
          cast(
            row(
              cast('primary key (id)' as string),
              cast('fail' as string),
              coalesce(
                (
                  select cast(trim(cast(sum(cast(`rows` as decimal(19, 0))) as string)) as bigint)
                  from (
                    select id, count(*) as `rows`
                    from orders
                    where id is not null
                    group by id
                    having count(*) > 1
                  )
                ),
                0
              )
            ) as row<rule string, `action` string, records bigint>
          )
        ] as array<row<rule string, `action` string, records bigint>>
      ) as rules
    from orders
  ) as counts
  where case
      when rules[1].records > 0 then cast(
          concat('orders: `id not null` is broken by ', cast(rules[1].records as string)) as boolean
        )
      else true
    end
    and case
      when rules[2].records > 0 then cast(
          concat(
            'orders: `customer not null` is broken by ',
            cast(rules[2].records as string)
          ) as boolean
        )
      else true
    end
    and case
      when rules[3].records > 0 then cast(
          concat(
            'orders: `amount not null` is broken by ',
            cast(rules[3].records as string)
          ) as boolean
        )
      else true
    end
    and case
      when rules[4].records > 0 then cast(
          concat(
            'orders: `primary key (id)` is broken by ',
            cast(rules[4].records as string)
          ) as boolean
        )
      else true
    end;

  insert into customers
  select customer, orders, cast(cast(last_paid as timestamp(6)) as string) || 'Z' as last_paid
  from by_customer;

  insert into seen
  select customer, orders, cast(cast(last_paid as timestamp(6)) as string) || 'Z' as last_paid
  from by_customer;
end;
