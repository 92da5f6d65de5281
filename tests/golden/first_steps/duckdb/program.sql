-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

-- Twice each number.
copy (
  with
  -- Letters that have a name.
  named as (
    select *
    from (values (1, 'a'), (2, null), (3, 'c')) as t (x, y)
    where y is not null
  )
  select x * 2 as twice, y
  from named
  order by twice desc
) to 'out/doubled.parquet' (format parquet);
