-- Changes that change nothing, changes loaded twice, and changes of nobody.
create table customer_changes as
select
    case when i % 29 = 0 then null else i % 6 end as customer_id,
    case when i % 5 = 0 then null else ' Customer' || i % 3 || '@Example.com ' end as email,
    ['NL', 'NL', 'DE', null][1 + i // 6 % 4] as country,
    ['free', 'free', 'paid'][1 + i // 9 % 3] as tier,
    case when i % 31 = 0 then null else timestamptz '2026-01-01 00:00:00Z' + to_hours(i % 40) end as changed_at,
    timestamptz '2026-01-03 00:00:00Z' + to_seconds(i) as loaded_at
from range(1, 200) as numbers (i);
