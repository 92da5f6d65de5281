-- Made by oftra from program.oftra: edits belong there.
-- Fill in before it is submitted: ${env.OUT}, ${most}, ${since}.

set 'execution.runtime-mode' = 'batch';
set 'table.local-time-zone' = 'UTC';

create table recent (
  `day` date,
  n int
) with (
  'connector' = 'filesystem',
  'path' = '${env.OUT}/recent.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'json.encode.decimal-as-plain-number' = 'true'
);

execute statement set
begin
  insert overwrite recent
  select *
  from (
    values
      (date '2025-12-31', 1),
      (date '2026-01-01', 2),
      (date '2026-01-02', 3)
  ) as t (`day`, n)
  where `day` >= cast('${since}' as date) and n <= cast('${most}' as int);
end;
