-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view baskets as
select *
from (
  values
    (1, ['pear', 'fig'], map {'pear': 2}),
    (2, []::varchar[], map {'fig': 1}),
    (3, ['fig'], null)
) as t (id, items, counts);

copy (
  select baskets.id, item.item, baskets.counts[item.item] as count
  from baskets
  cross join unnest(baskets.items) as item (item)
) to 'out/items.parquet' (format parquet);

copy (
  select
    len(items)::integer as size,
    items[1] as first,
    list_transform(items, lambda x: upper(x)) as loud,
    {'id': id, 'size': len(items)::integer} as about
  from baskets
  where len(items)::integer > 0
) to 'out/shapes.parquet' (format parquet);
