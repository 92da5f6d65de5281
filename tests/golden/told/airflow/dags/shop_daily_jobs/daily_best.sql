-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';
set variable env_OUT = 'out';

-- What each region brought in.
create or replace view regions as
select *
from read_parquet(getvariable('env_OUT') || '/regions.parquet');

copy regions to (getvariable('env_OUT') || '/best.csv') (format csv, header true);
