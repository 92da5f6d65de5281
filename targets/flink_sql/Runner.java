import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.data.conversion.DataStructureConverters;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * A warm Flink: one cluster inside this process, and sessions on it that are asked by lines of JSON.
 *
 * <p>A request is a line, its answer the next line: {"ok": true, ...} or {"ok": false, "error": [...]}, the messages of
 * the exception and its causes. The requests are open, close, execute, explain and query; submit starts a job that goes
 * on by itself, and status, stop (with a savepoint) and cancel are about such a job; give and arrive are
 * about rows that tests give.
 */
public class Runner {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SECONDS = 120;

    private final Map<String, TableEnvironment> sessions = new HashMap<>();
    private final Map<String, JobClient> jobs = new HashMap<>();
    private final URI rest;

    Runner(URI rest) {
        this.rest = rest;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        // What Flink prints is no answer.
        System.setOut(System.err);
        Runner runner = new Runner(cluster(Integer.parseInt(arguments[0])));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        answers.println("{\"ok\":true}");
        answers.flush();
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            answers.println(JSON.writeValueAsString(runner.answer(JSON.readTree(line))));
            answers.flush();
        }
        System.exit(0);
    }

    private static URI cluster(int slots) throws Exception {
        Configuration options = new Configuration();
        options.setString("rest.bind-port", "0");
        options.setString("rest.address", "localhost");
        options.setString("taskmanager.memory.network.min", "64mb");
        options.setString("taskmanager.memory.network.max", "64mb");
        options.setString("taskmanager.memory.managed.size", "256mb");
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(options)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(slots)
                                .build());
        cluster.start();
        return cluster.getRestAddress().get();
    }

    private ObjectNode answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        try {
            String name = request.get("session").asText();
            switch (request.get("op").asText()) {
                case "open":
                    sessions.put(name, session(request));
                    break;
                case "close":
                    sessions.remove(name);
                    Arrivals.over(name);
                    break;
                case "explain":
                    answer.put("plan", sessions.get(name).explainSql(request.get("sql").asText()));
                    break;
                case "execute":
                    execute(sessions.get(name), request);
                    break;
                case "query":
                    query(sessions.get(name), request, answer);
                    break;
                case "submit":
                    answer.put("job", submit(sessions.get(name), request.get("sql").asText()));
                    break;
                case "status":
                    answer.put("status", job(request).getJobStatus().get().name());
                    break;
                case "stop":
                    answer.put("savepoint", stop(job(request), request.get("folder").asText()));
                    break;
                case "cancel":
                    job(request).cancel().get(SECONDS, TimeUnit.SECONDS);
                    break;
                case "give":
                    give(sessions.get(name), request, Arrivals.play(name));
                    break;
                case "arrive":
                    arrive(request, Arrivals.play(name));
                    break;
                default:
                    throw new IllegalArgumentException("no such request");
            }
            answer.put("ok", true);
        } catch (Throwable error) {
            answer.put("ok", false);
            ArrayNode messages = answer.putArray("error");
            Throwable cause = error;
            for (int depth = 0; cause != null && depth < 12; cause = cause.getCause(), depth++) {
                messages.addArray().add(cause.getClass().getSimpleName()).add(cause.getMessage());
            }
        }
        return answer;
    }

    private TableEnvironment session(JsonNode request) {
        Configuration options = new Configuration();
        options.setString("parallelism.default", "1");
        options.setString("execution.target", "remote");
        options.setString("rest.address", rest.getHost());
        options.setString("rest.port", Integer.toString(rest.getPort()));
        request.path("options")
                .fields()
                .forEachRemaining(one -> options.setString(one.getKey(), one.getValue().asText()));
        EnvironmentSettings.Builder settings = EnvironmentSettings.newInstance().withConfiguration(options);
        boolean streaming = request.path("mode").asText().equals("streaming");
        return TableEnvironment.create((streaming ? settings.inStreamingMode() : settings.inBatchMode()).build());
    }

    private static void execute(TableEnvironment session, JsonNode request) throws Exception {
        TableResult result = session.executeSql(request.get("sql").asText());
        if (result.getJobClient().isPresent()) {
            result.await(request.path("seconds").asLong(600), TimeUnit.SECONDS);
        }
    }

    /** Starts what goes on by itself; the answer is the id of its job. */
    private String submit(TableEnvironment session, String sql) {
        JobClient job = session.executeSql(sql).getJobClient().get();
        jobs.put(job.getJobID().toHexString(), job);
        return job.getJobID().toHexString();
    }

    private JobClient job(JsonNode request) {
        return jobs.get(request.get("job").asText());
    }

    /** Stops a job with a savepoint below a folder; the answer is where that is. */
    private static String stop(JobClient job, String folder) throws Exception {
        return job.stopWithSavepoint(false, folder, SavepointFormatType.CANONICAL).get(SECONDS, TimeUnit.SECONDS);
    }

    private static void query(TableEnvironment session, JsonNode request, ObjectNode answer) throws Exception {
        TableResult result = session.executeSql(request.get("sql").asText());
        List<Column> columns = result.getResolvedSchema().getColumns();
        LogicalType[] types = new LogicalType[columns.size()];
        ArrayNode described = answer.putArray("columns");
        for (int at = 0; at < types.length; at++) {
            types[at] = columns.get(at).getDataType().getLogicalType();
            ObjectNode column = described.addObject();
            column.put("name", columns.get(at).getName());
            column.set("type", type(types[at]));
        }
        ArrayNode rows = answer.putArray("rows");
        try (CloseableIterator<Row> found = result.collect()) {
            while (found.hasNext()) {
                Row row = found.next();
                ArrayNode line = rows.addArray();
                line.add(row.getKind().shortString());
                for (int at = 0; at < types.length; at++) {
                    line.add(value(row.getField(at), types[at]));
                }
            }
        }
    }

    /** Computes the rows of a table that tests give; the last column numbers them. */
    private static void give(TableEnvironment session, JsonNode request, Arrivals.Play play) throws Exception {
        TableResult result = session.executeSql(request.get("sql").asText());
        List<Column> columns = result.getResolvedSchema().getColumns();
        int width = columns.size() - 1;
        List<DataStructureConverter<Object, Object>> converters = new ArrayList<>();
        for (Column column : columns.subList(0, width)) {
            converters.add(DataStructureConverters.getConverter(column.getDataType()));
            converters.get(converters.size() - 1).open(Runner.class.getClassLoader());
        }
        TreeMap<Long, RowData> rows = new TreeMap<>();
        try (CloseableIterator<Row> found = result.collect()) {
            while (found.hasNext()) {
                Row row = found.next();
                GenericRowData made = new GenericRowData(width);
                for (int at = 0; at < width; at++) {
                    made.setField(at, converters.get(at).toInternalOrNull(row.getField(at)));
                }
                rows.put(((Number) row.getField(width)).longValue(), made);
            }
        }
        play.rows.put(request.get("table").asText(), new ArrayList<>(rows.values()));
    }

    private static void arrive(JsonNode request, Arrivals.Play play) {
        List<Arrivals.Step> steps = new ArrayList<>();
        for (JsonNode step : request.get("steps")) {
            Long watermark = step.get(3).isNull() ? null : step.get(3).asLong();
            steps.add(new Arrivals.Step(step.get(0).asText(), step.get(1).asInt(), step.get(2).asInt(), watermark));
        }
        play.begin(steps);
    }

    private static ObjectNode type(LogicalType type) {
        ObjectNode described = JSON.createObjectNode();
        described.put("root", type.getTypeRoot().name());
        switch (type.getTypeRoot()) {
            case DECIMAL:
                described.put("scale", LogicalTypeChecks.getScale(type));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                described.put("precision", LogicalTypeChecks.getPrecision(type));
                break;
            case ARRAY:
                described.set("element", type(((ArrayType) type).getElementType()));
                break;
            case MAP:
                described.set("key", type(((MapType) type).getKeyType()));
                described.set("value", type(((MapType) type).getValueType()));
                break;
            case ROW:
                ArrayNode fields = described.putArray("fields");
                for (RowType.RowField field : ((RowType) type).getFields()) {
                    fields.addArray().add(field.getName()).add(type(field.getType()));
                }
                break;
            default:
                break;
        }
        return described;
    }

    /** Numbers that JSON would round are texts; moments are microseconds since 1970, days days. */
    private static JsonNode value(Object value, LogicalType type) {
        if (value == null) {
            return JSON.nullNode();
        }
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return JSON.getNodeFactory().booleanNode((Boolean) value);
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
                return JSON.getNodeFactory().numberNode(((Number) value).longValue());
            case FLOAT:
            case DOUBLE:
                return JSON.getNodeFactory().textNode(value.toString());
            case DECIMAL:
                return JSON.getNodeFactory().textNode(((BigDecimal) value).toPlainString());
            case BINARY:
            case VARBINARY:
                return JSON.getNodeFactory().textNode(Base64.getEncoder().encodeToString((byte[]) value));
            case DATE:
                return JSON.getNodeFactory().numberNode(((LocalDate) value).toEpochDay());
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return micros(((LocalDateTime) value).toInstant(ZoneOffset.UTC));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return micros((Instant) value);
            case INTERVAL_YEAR_MONTH:
                return JSON.getNodeFactory().numberNode(((Period) value).toTotalMonths());
            case INTERVAL_DAY_TIME:
                return JSON.getNodeFactory().numberNode(((Duration) value).toMillis());
            case ARRAY:
                return array(value, ((ArrayType) type).getElementType());
            case MAP:
                return map((Map<?, ?>) value, (MapType) type);
            case ROW:
                ArrayNode fields = JSON.createArrayNode();
                List<LogicalType> types = type.getChildren();
                for (int at = 0; at < types.size(); at++) {
                    fields.add(value(((Row) value).getField(at), types.get(at)));
                }
                return fields;
            default:
                return JSON.getNodeFactory().textNode(value.toString());
        }
    }

    private static JsonNode micros(Instant moment) {
        return JSON.getNodeFactory().numberNode(moment.getEpochSecond() * 1_000_000 + moment.getNano() / 1000);
    }

    private static JsonNode array(Object items, LogicalType element) {
        ArrayNode made = JSON.createArrayNode();
        int length = java.lang.reflect.Array.getLength(items);
        for (int at = 0; at < length; at++) {
            made.add(value(java.lang.reflect.Array.get(items, at), element));
        }
        return made;
    }

    private static JsonNode map(Map<?, ?> entries, MapType type) {
        ArrayNode made = JSON.createArrayNode();
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            made.addArray()
                    .add(value(entry.getKey(), type.getKeyType()))
                    .add(value(entry.getValue(), type.getValueType()));
        }
        return made;
    }
}
