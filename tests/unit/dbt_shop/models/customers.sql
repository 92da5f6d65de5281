{{ config(materialized='table') }}
{% set least = 0 %}
select customer, sum(amount) as total, count(*) as orders
from {{ ref('paid_orders') }}
group by customer
having count(*) > {{ least }}
