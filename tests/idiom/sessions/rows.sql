-- Gaps of exactly thirty minutes, views at one instant, sessions past midnight, views of nobody.
create table page_views as
select
    case when i % 23 = 0 then null else 'user ' || i % 5 end as user_id,
    ['/', '/shop', '/help', null][1 + i % 4] as url,
    case
        when i % 41 = 0 then null
        else timestamptz '2026-01-01 21:00:00Z' + to_minutes(i // 5 * 5 + (i // 5 * 7 % 4) * 30 + i // 60 * 900)
    end as viewed_at
from range(1, 300) as numbers (i);
