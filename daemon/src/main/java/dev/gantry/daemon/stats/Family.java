package dev.gantry.daemon.stats;

import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.MetricType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The metrics of pods and containers by the names that cAdvisor gave them and that dashboards know;
 * the kubelet publishes them as they come. A constant's name is the metric's without {@code
 * container_}. Values are whole numbers, by the CRI: seconds too.
 *
 * @see <a href="https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md">cAdvisor
 *     metrics</a>
 */
enum Family {
  BLKIO_DEVICE_USAGE_TOTAL(
      MetricType.COUNTER, "Bytes by block device.", "device", "major", "minor", "operation"),
  CPU_CFS_PERIODS_TOTAL(MetricType.COUNTER, "Enforcement periods of the CPU quota that passed."),
  CPU_CFS_THROTTLED_PERIODS_TOTAL(MetricType.COUNTER, "Periods in which the quota was used up."),
  CPU_CFS_THROTTLED_SECONDS_TOTAL(MetricType.COUNTER, "Seconds of waiting for the next period."),
  CPU_SYSTEM_SECONDS_TOTAL(MetricType.COUNTER, "Seconds of CPU time in the kernel."),
  CPU_USAGE_SECONDS_TOTAL(MetricType.COUNTER, "Seconds of CPU time.", "cpu"),
  CPU_USER_SECONDS_TOTAL(MetricType.COUNTER, "Seconds of CPU time outside the kernel."),
  FILE_DESCRIPTORS(MetricType.GAUGE, "Open file descriptors."),
  FS_INODES_FREE(MetricType.GAUGE, "Free inodes of the writable layer's file system.", "device"),
  FS_INODES_TOTAL(MetricType.GAUGE, "Inodes of the writable layer's file system.", "device"),
  FS_LIMIT_BYTES(MetricType.GAUGE, "Size of the writable layer's file system.", "device"),
  FS_READS_BYTES_TOTAL(MetricType.COUNTER, "Bytes read from a block device.", "device"),
  FS_READS_TOTAL(MetricType.COUNTER, "Reads from a block device.", "device"),
  FS_USAGE_BYTES(MetricType.GAUGE, "Bytes that the writable layer takes.", "device"),
  FS_WRITES_BYTES_TOTAL(MetricType.COUNTER, "Bytes written to a block device.", "device"),
  FS_WRITES_TOTAL(MetricType.COUNTER, "Writes to a block device.", "device"),
  HUGETLB_MAX_USAGE_BYTES(MetricType.GAUGE, "The most of huge pages that was used.", "pagesize"),
  HUGETLB_USAGE_BYTES(MetricType.GAUGE, "Huge pages in use.", "pagesize"),
  LAST_SEEN(MetricType.GAUGE, "When it was last looked at, seconds since 1970."),
  MEMORY_CACHE(MetricType.GAUGE, "Bytes of page cache."),
  MEMORY_FAILCNT(MetricType.COUNTER, "How often memory hit its limit."),
  MEMORY_FAILURES_TOTAL(MetricType.COUNTER, "Page faults.", "failure_type", "scope"),
  MEMORY_KERNEL_USAGE(MetricType.GAUGE, "Bytes that the kernel itself took for it."),
  MEMORY_MAPPED_FILE(MetricType.GAUGE, "Bytes of mapped files."),
  MEMORY_MAX_USAGE_BYTES(MetricType.GAUGE, "The most memory that was ever used."),
  MEMORY_RSS(MetricType.GAUGE, "Bytes of anonymous memory."),
  MEMORY_SWAP(MetricType.GAUGE, "Bytes of swap in use."),
  MEMORY_USAGE_BYTES(MetricType.GAUGE, "Bytes of memory in use, page cache included."),
  MEMORY_WORKING_SET_BYTES(MetricType.GAUGE, "Memory without the cache that would go first."),
  NETWORK_RECEIVE_BYTES_TOTAL(MetricType.COUNTER, "Bytes received.", "interface"),
  NETWORK_RECEIVE_ERRORS_TOTAL(MetricType.COUNTER, "Errors while receiving.", "interface"),
  NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL(
      MetricType.COUNTER, "Packets dropped while receiving.", "interface"),
  NETWORK_RECEIVE_PACKETS_TOTAL(MetricType.COUNTER, "Packets received.", "interface"),
  NETWORK_TRANSMIT_BYTES_TOTAL(MetricType.COUNTER, "Bytes sent.", "interface"),
  NETWORK_TRANSMIT_ERRORS_TOTAL(MetricType.COUNTER, "Errors while sending.", "interface"),
  NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL(
      MetricType.COUNTER, "Packets dropped while sending.", "interface"),
  NETWORK_TRANSMIT_PACKETS_TOTAL(MetricType.COUNTER, "Packets sent.", "interface"),
  OOM_EVENTS_TOTAL(MetricType.COUNTER, "Processes that were killed for want of memory."),
  PRESSURE_CPU_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Seconds all waited for a CPU."),
  PRESSURE_CPU_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Seconds one waited for a CPU."),
  PRESSURE_IO_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Seconds all waited for a disk."),
  PRESSURE_IO_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Seconds one waited for a disk."),
  PRESSURE_MEMORY_STALLED_SECONDS_TOTAL(MetricType.COUNTER, "Seconds all waited for memory."),
  PRESSURE_MEMORY_WAITING_SECONDS_TOTAL(MetricType.COUNTER, "Seconds one waited for memory."),
  PROCESSES(MetricType.GAUGE, "Processes."),
  SOCKETS(MetricType.GAUGE, "Open sockets."),
  SPEC_CPU_PERIOD(MetricType.GAUGE, "Enforcement period of the CPU quota, microseconds."),
  SPEC_CPU_QUOTA(MetricType.GAUGE, "CPU time allowed in each period, microseconds."),
  SPEC_CPU_SHARES(MetricType.GAUGE, "Weight among those who want a CPU; 1024 is one CPU's."),
  SPEC_MEMORY_LIMIT_BYTES(MetricType.GAUGE, "Memory limit, 0 for none."),
  SPEC_MEMORY_RESERVATION_LIMIT_BYTES(MetricType.GAUGE, "Memory reservation, 0 for none."),
  SPEC_MEMORY_SWAP_LIMIT_BYTES(MetricType.GAUGE, "Limit of memory and swap, 0 for none."),
  START_TIME_SECONDS(MetricType.GAUGE, "When it was started, seconds since 1970."),
  THREADS(MetricType.GAUGE, "Threads, a process' first included."),
  THREADS_MAX(MetricType.GAUGE, "How many threads there may be, 0 for any number."),
  ULIMITS_SOFT(MetricType.GAUGE, "Soft limits of the first process.", "ulimit");

  /** The labels that every metric has, as the kubelet's cAdvisor names them. */
  private static final List<String> BASE =
      List.of("container", "id", "image", "name", "namespace", "pod");

  private final MetricType type;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that is.
  private final List<String> labels;

  Family(MetricType type, String help, String... labels) {
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  MetricType type() {
    return type;
  }

  /** The labels behind those of {@link #BASE}. */
  List<String> moreLabels() {
    return labels;
  }

  String metric() {
    return "container_" + name().toLowerCase(Locale.ROOT);
  }

  MetricDescriptor descriptor() {
    var keys = new ArrayList<>(BASE);
    keys.addAll(labels);
    return MetricDescriptor.newBuilder()
        .setName(metric())
        .setHelp(help)
        .addAllLabelKeys(keys)
        .build();
  }
}
