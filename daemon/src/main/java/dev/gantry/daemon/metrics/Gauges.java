package dev.gantry.daemon.metrics;

import dev.gantry.image.ImagePuller;
import dev.gantry.image.ImageStore;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.DoubleSupplier;

/** What is read when it is asked for: the store, running pulls, the daemon's own process. */
final class Gauges {
  private final PrometheusRegistry registry;

  private Gauges(PrometheusRegistry registry) {
    this.registry = registry;
  }

  static void register(PrometheusRegistry registry, ImageStore images, ImagePuller puller) {
    var gauges = new Gauges(registry);
    gauges.gauge("gantry_pulls_running", "Pulls that run now.", () -> puller.pulls().size());
    gauges.gauge("gantry_images", "Images in the store.", () -> images.list().size());
    gauges.gauge(
        "gantry_image_store_bytes",
        "Disk space of all layers, each counted once.",
        () -> images.usage().bytes());
    gauges.gauge(
        "gantry_image_store_inodes",
        "Files and directories of all layers.",
        () -> images.usage().inodes());
    gauges.process();
  }

  private void process() {
    gauge(
        "process_resident_memory_bytes",
        "Resident memory of the daemon.",
        () -> ProcessFigures.read().residentBytes());
    gauge(
        "process_virtual_memory_bytes",
        "Address space of the daemon.",
        () -> ProcessFigures.read().virtualBytes());
    gauge(
        "process_threads",
        "Threads of the kernel that the daemon has.",
        () -> ProcessFigures.read().threads());
    gauge("process_open_fds", "Open file descriptors.", ProcessFigures::openFiles);
    gauge(
        "process_start_time_seconds",
        "When the daemon started, in seconds since 1970.",
        ProcessFigures::startSeconds);
    gauge("jvm_heap_used_bytes", "Used part of the JVM's heap.", ProcessFigures::heapUsed);
    CounterWithCallback.builder()
        .name("process_cpu_seconds_total")
        .help("Processor time of the daemon.")
        .callback(c -> c.call(ProcessFigures.read().cpuSeconds()))
        .register(registry);
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(c -> c.call(value.getAsDouble()))
        .register(registry);
  }
}
