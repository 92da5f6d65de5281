import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.legacy.table.connector.source.SourceFunctionProvider;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsSourceWatermark;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * Tables of rows that tests give: a connector that lets rows and watermarks of several tables come in one order.
 *
 * <p>A step begins when all before it have gone through the whole job: when a checkpoint is complete that each of the
 * sources took part in after them. So a job gives the same each time.
 */
public final class Arrivals implements DynamicTableSourceFactory {
    private static final ConfigOption<String> PLAY = ConfigOptions.key("play").stringType().noDefaultValue();
    private static final ConfigOption<String> TABLE = ConfigOptions.key("table").stringType().noDefaultValue();
    private static final ConfigOption<Boolean> ENDS = ConfigOptions.key("ends").booleanType().noDefaultValue();
    private static final Map<String, Play> PLAYS = new ConcurrentHashMap<>();

    /** What comes in a job: the rows of tables, and the steps in which they come. */
    static final class Play {
        final Map<String, List<RowData>> rows = new HashMap<>();
        private final List<Step> steps = new ArrayList<>();
        private final Map<Long, Integer> least = new HashMap<>();
        private int settled;

        /** How many steps have gone through the whole job. */
        synchronized int settled() {
            return settled;
        }

        /** A source takes part in a checkpoint, and has done so many steps. */
        synchronized void noted(long checkpoint, int done) {
            least.merge(checkpoint, done, Math::min);
        }

        /** What comes from now on is for another job. */
        synchronized void begin(List<Step> coming) {
            steps.clear();
            steps.addAll(coming);
            least.clear();
            settled = 0;
        }

        synchronized void complete(long checkpoint) {
            Integer done = least.remove(checkpoint);
            if (done != null && done > settled) {
                settled = done;
            }
        }
    }

    /** What comes at once: some rows of a table, or how far its time has come. */
    record Step(String table, int from, int to, Long watermark) {}

    static Play play(String name) {
        return PLAYS.computeIfAbsent(name, key -> new Play());
    }

    static void over(String name) {
        PLAYS.remove(name);
    }

    @Override
    public String factoryIdentifier() {
        return "arrivals";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(PLAY, TABLE, ENDS);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        ReadableConfig options = helper.getOptions();
        return new Table(new Source(options.get(PLAY), options.get(TABLE), options.get(ENDS)));
    }

    private record Table(Source source) implements ScanTableSource, SupportsSourceWatermark {
        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            return SourceFunctionProvider.of(source, source.ends);
        }

        @Override
        public void applySourceWatermark() {}

        @Override
        public DynamicTableSource copy() {
            return new Table(source);
        }

        @Override
        public String asSummaryString() {
            return "arrivals";
        }
    }

    private static final class Source implements SourceFunction<RowData>, CheckpointedFunction, CheckpointListener {
        private final String play;
        private final String table;
        private final boolean ends;
        private volatile boolean running = true;
        private int done;

        Source(String play, String table, boolean ends) {
            this.play = play;
            this.table = table;
            this.ends = ends;
        }

        @Override
        public void run(SourceContext<RowData> context) throws Exception {
            Play all = play(play);
            while (running && done < all.steps.size()) {
                if (all.settled() < done && !ends) {
                    Thread.sleep(1);
                    continue;
                }
                Step step = all.steps.get(done);
                synchronized (context.getCheckpointLock()) {
                    if (step.table().equals(table)) {
                        for (RowData row : all.rows.get(table).subList(step.from(), step.to())) {
                            context.collect(row);
                        }
                        if (step.watermark() != null) {
                            context.emitWatermark(new Watermark(step.watermark()));
                        }
                    }
                    done++;
                }
            }
        }

        @Override
        public void cancel() {
            running = false;
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) {
            play(play).noted(context.getCheckpointId(), done);
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {}

        @Override
        public void notifyCheckpointComplete(long checkpoint) {
            play(play).complete(checkpoint);
        }
    }
}
