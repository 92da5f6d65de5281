-- Made by oftra from program.oftra: edits belong there.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create table `table` (
  `from` string,
  `drop table` string,
  `Order By` string,
  `x'y` string,
  `group` string
) with (
  'connector' = 'filesystem',
  'path' = 'out/table.parquet',
  'format' = 'parquet',
  'parquet.utc-timezone' = 'true',
  'parquet.write.int64.timestamp' = 'true',
  'parquet.timestamp.time.unit' = 'micros'
);

execute statement set
begin
  insert overwrite `table`
  with
  -- A description with
  -- '; drop table "x"; -- {{ and }} $$ inside.
  `select` as (
    select *
    from (
      values
        (
          cast('it''s' as string),
          cast('"quoted"' as string),
          cast('{{ x }}' as string),
          cast('100%' as string),
          cast('-- no comment' as string)
        )
    ) as t (`from`, `a "b"`, `group`, `Order By`, `x'y`)
    where `from` <> '\'
  )
  select `from`, `a "b"` as `drop table`, `Order By`, `x'y`, `group`
  from `select`;
end;
