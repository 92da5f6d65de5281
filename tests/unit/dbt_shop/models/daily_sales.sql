{{ config(materialized='incremental', unique_key='ordered_on') }}
select ordered_on, count(*) as orders, sum({{ net('amount') }}) as net
from {{ ref('paid_orders') }}
where ordered_on >= date '{{ var("first_day") }}'
{% if is_incremental() %}
  and ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
group by ordered_on
