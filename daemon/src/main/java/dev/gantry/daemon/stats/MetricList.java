package dev.gantry.daemon.stats;

import dev.gantry.cri.v1.Metric;
import java.util.ArrayList;
import java.util.List;

/** Metrics of one pod or container, which share their first labels and the time. */
final class MetricList {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final List<String> labels;
  private final long timestamp;
  private final List<Metric> metrics = new ArrayList<>();

  /**
   * @param id the control group, which is what cAdvisor calls so
   * @param container empty for a pod as a whole
   * @param image of the container
   * @param name the container's id, empty for a pod as a whole
   */
  record Owner(
      String container, String id, String image, String name, String namespace, String pod) {
    List<String> labels() {
      return List.of(container, id, image, name, namespace, pod);
    }
  }

  MetricList(Owner owner, long timestamp) {
    this.labels = owner.labels();
    this.timestamp = timestamp;
  }

  /** Adds a value; {@code more} are those of {@link Family#moreLabels}. */
  MetricList add(Family family, long value, String... more) {
    if (more.length != family.moreLabels().size()) {
      throw new IllegalArgumentException(family.metric() + " has other labels");
    }
    metrics.add(
        Metric.newBuilder()
            .setName(family.metric())
            .setTimestamp(timestamp)
            .setMetricType(family.type())
            .addAllLabelValues(labels)
            .addAllLabelValues(List.of(more))
            .setValue(UsageReader.value(value))
            .build());
    return this;
  }

  /** Adds whole seconds. */
  MetricList addSeconds(Family family, long nanos, String... more) {
    return add(family, nanos / NANOS_PER_SECOND, more);
  }

  List<Metric> all() {
    return metrics;
  }
}
