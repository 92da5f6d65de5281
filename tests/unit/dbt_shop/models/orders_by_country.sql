select c.country, count(*) as orders, sum(o.amount) as amount
from {{ ref('paid_orders') }} o
join {{ ref('countries') }} c on c.code = o.country_code
group by 1
