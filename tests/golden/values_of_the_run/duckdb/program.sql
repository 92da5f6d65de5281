-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';
set variable env_OUT = 'out';
set variable most = 2;

-- The first day that counts.
set variable since = date '2026-01-01';

copy (
  select *
  from (values (date '2025-12-31', 1), (date '2026-01-01', 2), (date '2026-01-02', 3)) as t (day, n)
  where day >= getvariable('since') and n <= getvariable('most')
) to (getvariable('env_OUT') || '/recent.jsonl') (format json);
