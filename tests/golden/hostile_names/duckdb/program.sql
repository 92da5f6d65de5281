-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

copy (
  with
  -- A description with
  -- '; drop table "x"; -- {{ and }} $$ inside.
  "select" as (
    select *
    from (
      values
        ('it''s', '"quoted"', '{{ x }}', '100%', '-- no comment')
    ) as t ("from", "a ""b""", "group", "Order By", "x'y")
    where "from" <> '\'
  )
  select "from", "a ""b""" as "drop table", "Order By", "x'y", "group"
  from "select"
) to 'out/table.parquet' (format parquet);
