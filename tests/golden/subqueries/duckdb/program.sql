-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

create or replace view people as
select *
from (values (1, 'Ann', 3), (2, 'Bob', null), (3, 'Cy', null)) as t (id, name, boss);

copy (
  select name
  from people as p
  where exists (select 1 from people where boss = p.id)
) to 'out/bosses.parquet' (format parquet);

copy (
  select name
  from people
  where id not in (select boss from people where boss is not null) and boss is null
) to 'out/alone.parquet' (format parquet);

copy (
  select
    name,
    (select count(*) from people where boss = p.id) as reports,
    (select max(id) from people) as highest
  from people as p
) to 'out/counted.parquet' (format parquet);
