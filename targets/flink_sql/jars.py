"""The jars of a Flink without its distribution: what a job needs on this machine, pinned and checked."""

from pathlib import Path

from oftra.targets.maven import cache, jars
from oftra.targets.postgres import DRIVER

VERSION = "2.3.0"

ARTIFACTS = {
    "at/yawk/lz4/lz4-java/1.10.3": "49753ae8a9b7dc3ce48cb2989cc6605e43eb8269748ad3466251836ec4cd02a8",
    "com/esotericsoftware/kryo/5.6.2": "4e8b1d2f4977187af8a51a957329722dc1cdc56a7c94fbb5a791e82897629cff",
    "com/esotericsoftware/minlog/1.3.1": "5d4d632cfbebfe0a7644501cc303570b691406181bee65e9916b921c767d7c72",
    "com/esotericsoftware/reflectasm/1.11.9": "712b44da79a5b7f47a28cbfcb3d8ecfc872fae349c48aa4d3e38a5d69956afce",
    "com/google/code/findbugs/jsr305/1.3.9": "905721a0eea90a81534abb7ee6ef4ea2e5e645fa1def0a5cd88402df1b46c9ed",
    "com/ibm/icu/icu4j/67.1": "c4eb904caf5fba968a2f1a3b8aef14df801e9329b21697209ca30bfcf153867d",
    "commons-cli/commons-cli/1.5.0": "bc8bb01fc0fad250385706e20f927ddcff6173f6339b387dc879237752567ac6",
    "commons-collections/commons-collections/3.2.2": "eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8",
    "commons-io/commons-io/2.15.1": "a58af12ee1b68cfd2ebb0c27caef164f084381a00ec81a48cc275fd7ea54e154",
    "org/apache/commons/commons-compress/1.26.0": "051aceb8bbcc62d0f5b2b8ac72c53767f9c59bfbd050151e65bef6f51c8ed9c9",
    "org/apache/commons/commons-lang3/3.18.0": "4eeeae8d20c078abb64b015ec158add383ac581571cddc45c68f0c9ae0230720",
    "org/apache/commons/commons-math3/3.6.1": "1e56d7b058d28b65abd256b8458e3885b674c1d588fa43cd7d1cbb9c7ef2b308",
    "org/apache/commons/commons-text/1.10.0": "770cd903fa7b604d1f7ef7ba17f84108667294b2b478be8ed1af3bffb4ae0018",
    "org/apache/flink/flink-annotations/2.3.0": "43eef36e172f5bc727a63c75347ba5cc4ceeb569f5daaf64421da248c224308a",
    "org/apache/flink/flink-cep/2.3.0": "a790b8e74fd3acd11bba2b73a85820469b7581d78c26a06d8f2cdff8097d9088",
    "org/apache/flink/flink-clients/2.3.0": "cbc643faca50912833941780ecec8bae23e23ac59b5e247035711302a12dcfbd",
    "org/apache/flink/flink-connector-base/2.3.0": "ac3e942255320837988a69c5b83dcc68758e2703f70626f9b2cd7e81ff9c32b5",
    "org/apache/flink/flink-connector-datagen/2.3.0": (
        "bb49eb8ce91b74bb4b1bd1549647b9acc3515650a01c2635c02356401e651f0c"
    ),
    "org/apache/flink/flink-connector-files/2.3.0": "b340e2d74b420ce539868b63513d28d93f5d3179475d1439353b6e129e66a027",
    "org/apache/flink/flink-core-api/2.3.0": "f9f3c9bdb4e0c0d0f15b3e2e4def4ee6cd56edfc55c9514b9004a1db4a51e351",
    "org/apache/flink/flink-core/2.3.0": "26b63fadf4808727cfbdc5271ee600144dacf15db8aab5a77c1e59005ea140aa",
    "org/apache/flink/flink-csv/2.3.0": "17f9fc9a90ae852958bc2648f4f992e43033ee210802c180eb12db8f43fc2f29",
    "org/apache/flink/flink-datastream-api/2.3.0": "b474b5a0e900a2757228ffd61e06ee4ecf252c3141421369911db9c91de51bce",
    "org/apache/flink/flink-datastream/2.3.0": "fea69ae88b05bbe00d1dd9e48bce720bbcd153c85c8f8fc80a9d22a4c2668621",
    "org/apache/flink/flink-file-sink-common/2.3.0": "59ec31a9b9ea1d78f62b505ac0c4f95d49eb43c457cdf21be13e43df077273b4",
    "org/apache/flink/flink-hadoop-fs/2.3.0": "87471693c2977cd956beec27e6b6c10af77009945f58e3954d730df0f8ea64c9",
    "org/apache/flink/flink-json/2.3.0": "0b09826d9aec0a4b0c27c3894dd7507dceef0dcaf15c2f557920655e5fc75cfe",
    "org/apache/flink/flink-metrics-core/2.3.0": "ea5f85e7490ab3363230f771edb78ea69856ac2eaf75e340db99c67f2c72b982",
    "org/apache/flink/flink-queryable-state-client-java/2.3.0": (
        "b5d7bd033cb97b9bd812f5399d971668639a3f7604dd002ebd3733c2027cfcc2"
    ),
    "org/apache/flink/flink-rpc-akka-loader/2.3.0": "0d3c914a8f101250c3aad87c0781b25436bff679d2d1f46db769d4fe51fd326d",
    "org/apache/flink/flink-rpc-core/2.3.0": "050a2b087b0cea6553c9ed4df96c60c0cc5732177691fcece0d3872dd1837b85",
    "org/apache/flink/flink-runtime/2.3.0": "490e92d30cbd766e070f2bfc3c011b1830dc165894be2735a5585b8b9e76cb69",
    "org/apache/flink/flink-shaded-asm-9/9.9.1-21.0": (
        "abd67048e87fb1306e7b9fce372af7bf9ca0bbf026ae263c817edf647c7f4159"
    ),
    "org/apache/flink/flink-shaded-guava/33.5.0-jre-21.0": (
        "6644e530e098362a964467902b5ecf615aca63ca4424351b69e37108aa09b288"
    ),
    "org/apache/flink/flink-shaded-jackson/2.20.1-21.0": (
        "696df51ebc642b2832db3b02517e60fee8d96fb1fe23f519c9897d02ff845ab2"
    ),
    "org/apache/flink/flink-shaded-netty/4.2.6.Final-21.0": (
        "2b0272b90e844cfafa9fc378bb8cd9f0fb50199b819368211082ba46acf19184"
    ),
    "org/apache/flink/flink-shaded-zookeeper-3/3.7.2-21.0": (
        "43e3e923c2666c9346dccf22a86a3be85113dfd2b5427d1da5a3881b8a0095f7"
    ),
    "org/apache/flink/flink-streaming-java/2.3.0": "f0ab7c27603c2066bcc2e6075d09448341fd7fa4713fbe00d6a726acf5ea9ad9",
    "org/apache/flink/flink-table-api-bridge-base/2.3.0": (
        "bbc35a81d847ed3b2587480615482898e34651ca2b26272bd53957c663070426"
    ),
    "org/apache/flink/flink-table-api-java-bridge/2.3.0": (
        "c68ccd76f50d53d30cbaf73010ff3288716e1ff3d8b2dd4aecca5154a17cb997"
    ),
    "org/apache/flink/flink-table-api-java/2.3.0": "c0316b0368c1c79a70b94967e5057d5e3fa473a575da4624f35d71c0e05fec46",
    "org/apache/flink/flink-table-common/2.3.0": "75da42076ecb2c64735b46c837d2f7bd7c7d07e03a2cf59661ca2ca843db643b",
    "org/apache/flink/flink-table-planner-loader/2.3.0": (
        "26d81818c2207cef34474d3cd21b31f0e6562cf8946da4b555ad1ecc945bd49b"
    ),
    "org/apache/flink/flink-table-runtime/2.3.0": "bd3861d3b567e43b1aa3ec3f79c0f105d317e2b03e3e8e111e335e13cc8eb95b",
    "org/javassist/javassist/3.24.0-GA": "aba81efa678b621203fb89aeff81d6f126f7a9dd709401e5609c42976684ae23",
    "org/objenesis/objenesis/3.4": "95488102feaf2e2858adf6b299353677dac6c15294006f8ed1c5556f8e3cd251",
    "org/roaringbitmap/RoaringBitmap/1.3.0": "73443a71a2e2401c7d518a487983539fcaf5f9652efbd178f929e7b6d36881d0",
    "org/slf4j/slf4j-api/1.7.36": "d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0",
    "org/snakeyaml/snakeyaml-engine/2.6": "2652199af40c9aa2f1782400d2dfbbf4e5226208c4e05ddd4059c3d6d9cd1505",
    "org/xerial/snappy/snappy-java/1.1.10.7": "4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36",
    "tools/profiler/async-profiler/2.9": "6c4e993c28cf2882964cac82a0f96e81a325840043884526565017b2f62c5ba4",
}
"""What `flink-clients`, the table planner and runtime, the file connector, csv, json and cep bring along."""

CONNECTORS = {
    "org/apache/flink/flink-sql-connector-kafka/5.0.0-2.2": (
        "5605c691d11a501382c383fecba37a7a552467da5ab7ba904ef5d6f3d62c5616"
    ),
    "org/apache/flink/flink-connector-jdbc-core/4.0.0-2.0": (
        "ccb9691bf1d0f97574ae768e1bef05a39c06d7f7b13996e9d485fbdd69dcbfec"
    ),
    "org/apache/flink/flink-connector-jdbc-postgres/4.0.0-2.0": (
        "b59c29dc65cafe8ae398e69072b9f6022f4a978a09002fd06a05a1a8dd3348d6"
    ),
    "org/apache/flink/flink-sql-parquet/2.3.0": "f30617f4a5a6d437750f155ff72178ab34439aec91df64d96621c260559ba5fd",
    "org/apache/iceberg/iceberg-flink-runtime-2.1/1.11.0": (
        "39e658d876f253815b4b17c6676bebf6a24d517afe93a21298106d1d7fa97331"
    ),
    "org/apache/hadoop/hadoop-client-api/3.4.2": "607c0299f4df33013bd0a0f37c8cf255c635bbaddd247b8fec68c210cc17d19f",
    "org/apache/hadoop/hadoop-client-runtime/3.4.2": "18d071c7f72f8a946677b398a57af9c7afa2dd41a81023c310f99373fec200b3",
    "com/github/luben/zstd-jni/1.5.6-6": "1f85db623bf653860d10e13e7b1ca6609301f66994dc93784c92a66019516bb9",
    "commons-logging/commons-logging/1.2": "daddea1ea0be0f56978ab3006b8ac92834afeefbd9b7e4e6316fca57df0fa636",
}
"""Kafka (made for Flink 2.2, works with this one), JDBC (made for 2.0), Iceberg (made for 2.1), and parquet. What the
last two need of Hadoop is its client."""


def folder() -> Path:
    """Where they are kept, and what is made of our own source for them."""
    return cache("oftra") / f"flink-{VERSION}"


def flink_jars() -> list[Path]:
    """The jars, all there and whole."""
    return jars(folder() / "jars", {**ARTIFACTS, **CONNECTORS, **DRIVER})
