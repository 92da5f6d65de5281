"""Flink's words: which names have to be quoted."""

from oftra.targets.sql.dialect import Dialect

# The reserved words of Flink's parser that may stand where a name does, and those that are only later to be.
_RESERVED = """
a abs absolute action ada add admin after all allocate allow alter always and any are array array_concat_agg
array_max_cardinality as asc asensitive assert assertion assignment asymmetric at atomic attribute attributes
authorization avg before begin begin_frame begin_partition bernoulli between bigint binary bit bitmap blob boolean
both breadth buckets by bytes c call called cardinality cascade cascaded case cast catalog catalogs catalog_name ceil
ceiling century chain char character characteristics characters character_length character_set_catalog
character_set_name character_set_schema char_length check classifier class_origin clob close coalesce cobol collate
collation collation_catalog collation_name collation_schema collect column columns column_name command_function
command_function_code comment commit committed condition condition_number connect connection connection_name
connections constraint constraints constraint_catalog constraint_name constraint_schema constructor contains
contains_substr continue continuous convert corr corresponding count covar_pop covar_samp create cross cube cume_dist
current current_catalog current_date current_default_transform_group current_path current_role current_row
current_schema current_time current_timestamp current_transform_group_for_type current_user cursor cursor_name cycle
data database databases date datetime datetime_interval_code datetime_interval_precision datetime_trunc date_trunc day
deallocate dec decade decimal declare default defaults deferrable deferred define defined definer degree delete
dense_rank depth deref derived desc describe description descriptor deterministic diagnostics disallow disconnect
dispatch distinct distributed distribution domain dot double dow doy drop dynamic dynamic_function
dynamic_function_code each element else empty end end-exec end_frame end_partition epoch equals escape every except
exception exclude excluding exec execute exists exp explain extend extended external extract false fetch filter final
first first_value float floor following for foreign fortran found frac_second frame_row free freshness friday from
full function functions fusion g general generated get global go goto grant granted group group_concat grouping groups
hash having hierarchy hold hour identity if ilike immediate immediately implementation import in include including
increment indicator initial initially inner inout input insensitive insert instance instantiable int integer intersect
intersection interval into invoker is isolation java join json json_array json_arrayagg json_exists json_object
json_objectagg json_query json_scope json_value k key key_member key_type label lag language large last last_value
lateral lead leading left length level library like like_regex limit ln local localtime localtimestamp locator lower m
map match matches match_number match_recognize materialized max maxvalue measures member merge message_length
message_octet_length message_text method microsecond millennium min minus minute minvalue mod models modifies modify
module modules monday month more multiset mumps name names national natural nchar nclob nesting new next no none
normalize normalized not nth_value ntile null nullable nullif nulls number numeric object occurrences_regex octets
octet_length of offset old omit on one only open option options or order ordering ordinal ordinality others out outer
output over overlaps overlay overriding overwrite overwriting pad parameter parameter_mode parameter_name
parameter_ordinal_position parameter_specific_catalog parameter_specific_name parameter_specific_schema partial
partition partitioned partitions pascal passthrough past path pattern per percent percentile_cont percentile_disc
percent_rank period permute pivot placing plan pli portion position position_regex power precedes preceding precision
prepare preserve prev primary prior privileges procedure procedures public python qualify quarter quarters range rank
raw read reads real recursive ref references referencing refresh refresh_mode regr_avgx regr_avgy regr_count
regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy relative release rename repeatable replace reset restart
restrict result resume return returned_cardinality returned_length returned_octet_length returned_sqlstate returns
revoke right rlike role rollback rollup routine routine_catalog routine_name routine_schema row rows row_count
row_number running safe_cast safe_offset safe_ordinal saturday savepoint scala scale schema schema_name scope
scope_catalogs scope_name scope_schema scroll search second section security seek select self sensitive separator
sequence serializable server server_name session session_user set sets show similar simple size skip smallint some
source space specific specifictype specific_name sql sqlexception sqlstate sqlwarning sqrt start state statement
static statistics stddev_pop stddev_samp stream string string_agg structure structured style subclass_origin
submultiset subset substitute substring substring_regex succeeds sum sunday suspend symmetric system system_time
system_user table tables tablesample table_name temporary then thursday ties time time_diff timestamp timestampadd
timestampdiff timestamp_diff timestamp_ltz timestamp_trunc time_trunc timezone_hour timezone_minute tinyint to
top_level_count trailing transaction transactions_active transactions_committed transactions_rolled_back transform
transforms translate translate_regex translation treat trigger trigger_catalog trigger_name trigger_schema trim
trim_array true truncate try_cast tuesday type uescape unbounded uncommitted under union unique unknown unnamed unnest
unpivot update upper upsert usage use user user_defined_type_catalog user_defined_type_code user_defined_type_name
user_defined_type_schema using value values value_of varbinary varchar variant varying var_pop var_samp version
versioning view views watermark watermarks wednesday week weeks when whenever where width_bucket window with within
without work wrapper write xml year zone
"""

FLINK = Dialect(
    "flink", reserved=frozenset(_RESERVED.split()), quote="`", cast=False, collections="array[a]", ignore_nulls="after"
)
