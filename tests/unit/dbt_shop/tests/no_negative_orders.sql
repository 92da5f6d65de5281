select * from {{ ref('orders_by_country') }} where orders < 0
