{#- Who of the customers is a member, with the last order of each. -#}
with last_orders as (
    select * from {{ ref('raw_orders') }}
    qualify row_number() over (partition by customer order by order_id desc) = 1
)
select p.person_id, p.name, coalesce(cast(p.joined as date), date '2000-01-01') as since, o.status
from {{ source('crm', 'people') }} as p
left join last_orders as o on o.customer = p.name
