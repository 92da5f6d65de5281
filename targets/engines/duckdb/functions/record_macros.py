"""What a script defines to read records of text exactly, and to stop at broken rules."""

from oftra.targets.sql.query import CreateMacro

TEXT_LINES = CreateMacro(
    "text_lines",
    ("path",),
    (
        "table",
        "select filename as file, row_number() over () as number, coalesce(line, '') as line",
        "from read_csv(",
        "  path, columns = {'line': 'varchar'}, header = false, delim = '', quote = '', escape = '',",
        "  auto_detect = false, strict_mode = false, filename = true",
        ")",
    ),
    "The lines of files as they are, empty ones too, numbered in their order.",
)

CSV_CELLS = CreateMacro(
    "csv_cells",
    ("line", "delimiter", "quote", "escaped", "cell"),
    (
        "case",
        "  when not contains(line, quote) then string_split(line, delimiter)",
        "  when regexp_full_match(",
        "    line, '(?:' || cell || ')(?:' || regexp_escape(delimiter) || '(?:' || cell || '))*'",
        "  ) then",
        "    list_transform(",
        "      regexp_extract_all(delimiter || line, regexp_escape(delimiter) || '(' || cell || ')', 1),",
        "      lambda one: if(starts_with(one, quote), replace(one[2:-2], escaped, quote), one)",
        "    )",
        "end",
    ),
    "The cells of a line of csv, each of the form `cell`; null if it is none.",
)

IS_JSON_OBJECT = CreateMacro(
    "is_json_object",
    ("line",),
    (
        "case",
        "  when json_valid(line) then",
        "    json_type(line) = 'OBJECT'",
        "      and len(json_keys(line)) = len(list_distinct(json_keys(line)))",
        "      and not regexp_matches(",
        "        case",
        "          when regexp_matches(line, ',\\s*[\\]}]|(?i)nan|inf') then",
        "            regexp_replace(line, '\"(?:[^\"\\\\]|\\\\.)*\"', '', 'g')",
        "          else ''",
        "        end,",
        "        ',\\s*[\\]}]|(?i)nan|inf'",
        "      )",
        "  else false",
        "end",
    ),
    "Whether a text is one JSON object, each field once. `json_valid` alone lets `[1,]` and NaN pass.",
)

LONG_NUMBERS = CreateMacro(
    "long_numbers",
    ("line",),
    (
        "case",
        "  when regexp_matches(line, '[0-9.]{17}') then",
        "    array_to_string(",
        "      list_transform(",
        '        regexp_extract_all(line, \'"(?:[^"\\\\]|\\\\.)*"|[^"]+\'),',
        "        lambda part: if(",
        "          starts_with(part, '\"'),",
        "          part,",
        "          regexp_replace(part, '-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', '\"\\\\u0001\\0\"', 'g')",
        "        )",
        "      ),",
        "      ''",
        "    )",
        "  else line",
        "end",
    ),
    "JSON with its numbers as marked texts if there are long ones: DuckDB would round them to doubles.",
)

PLAIN_NUMBERS = CreateMacro(
    "plain_numbers",
    ("value",),
    ("regexp_replace(value::varchar, '\"\\\\u0001([^\"]*)\"', '\\1', 'g')::json",),
    "JSON with numbers that `long_numbers` marked as numbers again.",
)

JSON_NUMBER = CreateMacro(
    "json_number",
    ("value",),
    ("regexp_extract(value::varchar, '^(?:\"\\\\u0001)?(-?[0-9][-+.eE0-9]*)\"?$', 1)",),
    "The text of a JSON number; empty if the value is none.",
)

JSON_DOUBLE = CreateMacro(
    "json_double",
    ("value",),
    (
        "case",
        "  when isfinite(value) then to_json(value)",
        "  when isnan(value) then '\"NaN\"'::json",
        "  when value is not null then if(value > 0, '\"Infinity\"', '\"-Infinity\"')::json",
        "end",
    ),
    "A number as JSON: a text if JSON has no word for it.",
)

JSON_DIGITS = CreateMacro(
    "json_digits",
    ("value",),
    (
        "case",
        "  when not regexp_matches(json_number(value), '[eE]') then json_number(value)",
        "  when not regexp_matches(json_number(value), '[0-9]{16}|[0-9.]{17}')",
        "    and try_cast(json_number(value) as decimal(38, 18))::double = json_number(value)::double then",
        "    try_cast(json_number(value) as decimal(38, 18))::varchar",
        "end",
    ),
    "The text of a JSON number, written without an exponent.",
)

JSON_TEXT = CreateMacro(
    "json_text",
    ("value",),
    (
        "case",
        "  when starts_with(value::varchar, '\"') and not starts_with(value::varchar, '\"\\u0001') then value ->> '$'",
        "end",
    ),
    "What a JSON string says; null if the value is none.",
)

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6}0*)?)?"

EXACT_DATE = CreateMacro(
    "exact_date",
    ("value",),
    (f"try_cast(regexp_extract(value, '^{_DAY}$') as date)",),
    "A text as the day that it names; null if it names none.",
)

EXACT_DATETIME = CreateMacro(
    "exact_datetime",
    ("value",),
    ("try_cast(", f"  regexp_extract(value, '^{_DAY}(?:{_TIME})?$') as timestamp", ")"),
    "A text as the clock reading that it is, to the microsecond; null if it is none.",
)

EXACT_TIMESTAMP = CreateMacro(
    "exact_timestamp",
    ("value",),
    (
        "try_cast(",
        "  regexp_extract(",
        "    value,",
        f"    '^{_DAY}(?:{_TIME}(?:Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?)?$'",
        "  ) as timestamptz",
        ")",
    ),
    "A text as the instant that it names, to the microsecond, in UTC unless it says otherwise; null if it names none.",
)

EXACT_DOUBLE = CreateMacro(
    "exact_double",
    ("value",),
    (
        "case",
        "  when regexp_matches(value, '^[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?$') then",
        "    if(isfinite(try_cast(value as double)), try_cast(value as double), null)",
        "  when regexp_matches(value, '^[+-]?(?i:nan|inf|infinity)$') then try_cast(value as double)",
        "end",
    ),
    "A text as a number; null if it is none, or too large for a double.",
)

STOP = CreateMacro(
    "stop_if_broken",
    ("name",),
    (
        "table",
        "select error(",
        "  name || ': ' || string_agg(",
        "    broken.records || if(broken.records = 1, ' row breaks `', ' rows break `') || broken.rule || '`', ', '",
        "  )",
        ")",
        "from (select unnest(rules) as broken from run_report where relation = name)",
        "where broken.action = 'fail' and broken.records > 0",
        "having count(*) > 0",
    ),
    "Stops the run if rules of a relation are broken that may not be.",
)

STOP_AT_GATE = CreateMacro(
    "stop_at_gate",
    ("condition",),
    (
        "table",
        "select error(",
        "  'the gate `' || gate || '` (' || file || ':' || line || ') does not hold, measured: ' || measured",
        ")",
        "from run_gates",
        "where gate = condition and not holds",
    ),
    "Stops the run if a gate does not hold.",
)

MADE_UNTIL = CreateMacro(
    "made_until",
    ("files", "made_of"),
    (
        "(",
        "  select min(try_cast(decode(value) as timestamptz)) filter (decode(key) = 'made_until')",
        "  from query(",
        "    if(",
        "      getvariable(files) is null,",
        "      'select null::blob as key, null::blob as value',",
        "      'from parquet_kv_metadata(getvariable(''' || replace(files, '''', '''''') || '''))'",
        "    )",
        "  )",
        "  where decode(key) in ('made_until', 'made_of')",
        "  having bool_and(decode(value) = made_of) filter (decode(key) = 'made_of')",
        ")",
    ),
    "Until when a table is made, as its files say; null if there are none, or if they are of another query.",
)

RECORD_MACROS = (
    TEXT_LINES,
    CSV_CELLS,
    IS_JSON_OBJECT,
    LONG_NUMBERS,
    PLAIN_NUMBERS,
    JSON_NUMBER,
    JSON_DOUBLE,
    JSON_DIGITS,
    JSON_TEXT,
    EXACT_DATE,
    EXACT_DATETIME,
    EXACT_TIMESTAMP,
    EXACT_DOUBLE,
    STOP,
    STOP_AT_GATE,
    MADE_UNTIL,
)
"""In an order in which none calls a later one."""
