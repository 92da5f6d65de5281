-- Made by oftra from program.oftra: edits belong there.

set timezone = 'UTC';

copy (
  select (gross * 0.80)::decimal(13, 4) as net, (round((weight - 0.01e0) * 2) / 2)::double as weight
  from (values (10.00, 1.26e0), (0.99, 0.1e0)) as t (gross, weight)
) to 'out/prices.parquet' (format parquet);

copy (
  select
    length(a)::integer as letters,
    max(levenshtein(a, b)::integer) + levenshtein('fig', 'figs')::integer as furthest
  from (values ('fig', 'pig'), ('pear', 'it''s')) as t (a, b)
  where levenshtein(a, upper(b))::integer > 1
  group by letters
) to 'out/pairs.parquet' (format parquet);
