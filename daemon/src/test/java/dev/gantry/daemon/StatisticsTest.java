package dev.gantry.daemon;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerMetrics;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListMetricDescriptorsRequest;
import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.Metric;
import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.MetricType;
import dev.gantry.cri.v1.NetworkInterfaceUsage;
import dev.gantry.cri.v1.PodSandboxMetrics;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.cri.v1.PodSandboxStatsRequest;
import dev.gantry.cri.v1.PsiData;
import dev.gantry.cri.v1.PsiStats;
import dev.gantry.cri.v1.StreamPodSandboxMetricsRequest;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.testkit.LeakCheck;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every figure of statistics and metrics, as the kubelet reads them. */
class StatisticsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long MEBI = 1L << 20;

  /** What needs a disk, huge pages or pressure accounting that a machine may not have. */
  private static final Set<String> MAY_BE_MISSING =
      Set.of(
          "container_blkio_device_usage_total",
          "container_fs_reads_bytes_total",
          "container_fs_reads_total",
          "container_fs_writes_bytes_total",
          "container_fs_writes_total",
          "container_hugetlb_max_usage_bytes",
          "container_hugetlb_usage_bytes");

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() {
    node = Node.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  /** Whether this kernel accounts for pressure in the groups that containers are in. */
  private static boolean pressure() throws IOException {
    var unified = CgroupHost.detect().unified();
    return unified != null && Files.exists(unified.resolve("cgroup.pressure"));
  }

  private static TestContainer limited(TestPod pod, String script) {
    var config = pod.shell("main", script).putLabels("app", "busy").putAnnotations("note", "n");
    Edit.resources(
        config,
        resources ->
            resources
                .setMemoryLimitInBytes(64 * MEBI)
                .setMemorySwapLimitInBytes(96 * MEBI)
                .setCpuPeriod(50_000)
                .setCpuQuota(40_000)
                .setCpuShares(512));
    return pod.start(config);
  }

  private static ContainerStats stats(TestContainer container) {
    return node.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container.id).build())
        .getStats();
  }

  private static PodSandboxStats stats(TestPod pod) {
    return node.runtime()
        .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.id).build())
        .getStats();
  }

  @Test
  void everyFigureOfAContainerIsTold() throws Exception {
    TestPod pod = node.pod("figures").run();
    TestContainer busy =
        limited(
            pod,
            "x=$(head -c 8000000 /dev/zero | tr '\\0' x); head -c 4000000 /dev/zero > /big;"
                + " mkdir /dir; echo ready; while :; do :; done");
    busy.awaitLine("ready");
    ContainerStats first = stats(busy);
    await().atMost(PATIENCE).until(() -> stats(busy).getCpu().hasUsageNanoCores());
    ContainerStats stats = stats(busy);

    assertThat(stats.getAttributes().getId()).isEqualTo(busy.id);
    assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("main");
    assertThat(stats.getAttributes().getLabelsMap()).containsEntry("app", "busy");
    assertThat(stats.getAttributes().getAnnotationsMap()).containsEntry("note", "n");
    assertThat(stats.getCpu().getTimestamp()).isGreaterThan(first.getCpu().getTimestamp());
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue())
        .isGreaterThan(first.getCpu().getUsageCoreNanoSeconds().getValue());
    assertThat(stats.getCpu().getUsageNanoCores().getValue()).isPositive();
    assertThat(stats.getCpu().hasPsi()).isEqualTo(pressure());
    assertThat(stats.getMemory().getTimestamp()).isPositive();
    long workingSet = stats.getMemory().getWorkingSetBytes().getValue();
    assertThat(workingSet).isBetween(8_000_000L, 64 * MEBI);
    assertThat(stats.getMemory().getUsageBytes().getValue()).isGreaterThanOrEqualTo(workingSet);
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isEqualTo(64 * MEBI - workingSet);
    assertThat(stats.getMemory().getRssBytes().getValue()).isGreaterThan(8_000_000L);
    assertThat(stats.getMemory().getPageFaults().getValue()).isPositive();
    assertThat(stats.getMemory().hasMajorPageFaults()).isTrue();
    assertThat(stats.getMemory().hasPsi()).isEqualTo(pressure());
    assertThat(stats.hasIo()).isEqualTo(pressure());
    assertThat(stats.getIo().hasPsi()).isEqualTo(pressure());
    assertThat(stats.getIo().getTimestamp() > 0).isEqualTo(pressure());
    assertThat(stats.getSwap().getTimestamp()).isPositive();
    assertThat(stats.getSwap().hasSwapUsageBytes()).isTrue();
    assertThat(stats.getSwap().getSwapUsageBytes().getValue()).isZero();
    assertThat(stats.getSwap().getSwapAvailableBytes().getValue()).isEqualTo(32 * MEBI);
    assertThat(stats.getWritableLayer().getTimestamp()).isPositive();
    assertThat(stats.getWritableLayer().getUsedBytes().getValue())
        .isBetween(4_000_000L, 8_000_000L);
    assertThat(stats.getWritableLayer().getInodesUsed().getValue()).isGreaterThanOrEqualTo(3);
    assertThat(stats.getWritableLayer().getFsId().getMountpoint())
        .isEqualTo(node.config.root().resolve("containers").toString());
  }

  @Test
  void aPodThatWaitsForACpuShowsItInItsPressure() throws Exception {
    TestPod pod = node.pod("pressed").hostNetwork().run();
    // Two that want a whole cpu and may have a tenth of one.
    var config = pod.shell("main", "while :; do :; done & while :; do :; done");
    Edit.resources(config, resources -> resources.setCpuPeriod(10_000).setCpuQuota(1_000));
    TestContainer pressed = pod.start(config);
    await()
        .atMost(PATIENCE)
        .until(() -> {
          PsiStats psi = stats(pressed).getCpu().getPsi();
          return !pressure() || (isTold(psi.getSome()) && isTold(psi.getFull()));
        });
  }

  private static boolean isTold(PsiData waits) {
    return waits.getTotal() > 0
        && waits.getAvg10() > 0
        && waits.getAvg60() > 0
        && waits.getAvg300() > 0;
  }

  @Test
  void listsOfContainersAreFiltered() {
    TestPod pod = node.pod("one").hostNetwork().run();
    TestPod other = node.pod("two").hostNetwork().run();
    TestContainer labelled = pod.start(pod.container("a", "sleep", "1000").putLabels("k", "v"));
    TestContainer plain = pod.startSleeper("b");
    TestContainer elsewhere = other.startSleeper("c");
    assertThat(list(ContainerStatsFilter.newBuilder()))
        .containsExactlyInAnyOrder(labelled.id, plain.id, elsewhere.id);
    assertThat(list(ContainerStatsFilter.newBuilder().setId(plain.id))).containsExactly(plain.id);
    assertThat(list(ContainerStatsFilter.newBuilder().setPodSandboxId(other.id)))
        .containsExactly(elsewhere.id);
    assertThat(list(ContainerStatsFilter.newBuilder().putLabelSelector("k", "v")))
        .containsExactly(labelled.id);
    assertThat(
            list(
                ContainerStatsFilter.newBuilder()
                    .setPodSandboxId(other.id)
                    .putLabelSelector("k", "v")))
        .isEmpty();
  }

  private static List<String> list(ContainerStatsFilter.Builder filter) {
    return node
        .runtime()
        .listContainerStats(ListContainerStatsRequest.newBuilder().setFilter(filter).build())
        .getStatsList()
        .stream()
        .map(stats -> stats.getAttributes().getId())
        .toList();
  }

  @Test
  void everyFigureOfAPodIsTold() throws Exception {
    TestPod pod = node.pod("pod");
    pod.config.putLabels("app", "web").putAnnotations("note", "n");
    pod.run();
    TestContainer main = pod.startSleeper("main");
    main.sh("ping -c 2 $(ip route | awk '/default/ { print $3 }')");
    PodSandboxStats stats = stats(pod);
    assertThat(stats.getAttributes().getId()).isEqualTo(pod.id);
    assertThat(stats.getAttributes().getMetadata()).isEqualTo(pod.config.getMetadata());
    assertThat(stats.getAttributes().getLabelsMap()).containsEntry("app", "web");
    assertThat(stats.getAttributes().getAnnotationsMap()).containsEntry("note", "n");
    assertThat(stats.hasWindows()).isFalse();
    LinuxPodSandboxStats linux = stats.getLinux();
    assertThat(linux.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    assertThat(linux.getMemory().getWorkingSetBytes().getValue()).isPositive();
    assertThat(linux.getProcess().getTimestamp()).isPositive();
    assertThat(linux.getProcess().getProcessCount().getValue()).isEqualTo(1);
    assertThat(linux.hasIo()).isEqualTo(pressure());
    assertThat(linux.getContainersList())
        .extracting(c -> c.getAttributes().getId())
        .containsExactly(main.id);
    assertThat(linux.getNetwork().getTimestamp()).isPositive();
    var eth0 = linux.getNetwork().getDefaultInterface();
    assertThat(eth0.getName()).isEqualTo("eth0");
    assertThat(eth0.getRxBytes().getValue()).isPositive();
    assertThat(eth0.getTxBytes().getValue()).isPositive();
    assertThat(eth0.hasRxErrors()).isTrue();
    assertThat(eth0.hasTxErrors()).isTrue();
    assertThat(eth0.getRxErrors().getValue()).isZero();
  }

  @Test
  void everyInterfaceOfAPodIsTold() throws Exception {
    TestPod pod = node.pod("many").run();
    var link = Stream.of("ip", "link", "add", "net1", "type", "veth", "peer", "name", "net2");
    inNetworkOf(pod, link.toList());
    assertThat(stats(pod).getLinux().getNetwork().getDefaultInterface().getName())
        .isEqualTo("eth0");
    assertThat(stats(pod).getLinux().getNetwork().getInterfacesList())
        .extracting(i -> i.getName())
        .containsExactlyInAnyOrder("net1", "net2");
  }

  /** A kubelet that reads the default interface of a network without one ends in a panic. */
  @Test
  void aPodWithoutAnInterfaceHasNoNetworkToTellOf() throws Exception {
    TestPod pod = node.pod("bare").run();
    inNetworkOf(pod, List.of("ip", "link", "delete", "eth0"));
    assertThat(stats(pod).getLinux().hasCpu()).isTrue();
    assertThat(stats(pod).getLinux().hasNetwork()).isFalse();

    // The plug-in forgets what it did for an address only if it finds that.
    inNetworkOf(pod, List.of("ip", "link", "add", "eth0", "type", "veth"));
    inNetworkOf(pod, List.of("ip", "address", "add", pod.ip() + "/22", "dev", "eth0"));
    pod.stop();
    assertThat(stats(pod).hasLinux()).isTrue();
    assertThat(stats(pod).getLinux().hasCpu()).isFalse();
  }

  /** Packets that only come, with mistakes, and a few that cannot be sent: no two figures agree. */
  @Test
  void whatAnInterfaceHasReceivedIsNotToldAsSent() throws Exception {
    TestPod pod = node.pod("ways").run();
    TestContainer main = pod.startSleeper("main");
    inNetworkOf(
        pod,
        List.of(
            "sh",
            "-ec",
            """
            ip route add unreachable 192.0.2.0/24
            ip link add net1 type vxlan id 1 remote 192.0.2.1 dstport 4789
            ip address add 198.51.100.1/24 dev net1
            ip link set net1 up
            """));
    sendDamaged(pod.ip(), 50);
    main.exec("ping", "-c", "1", "-W", "1", "198.51.100.2");

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          var network = stats(pod).getLinux().getNetwork();
          assertThat(figures(network.getDefaultInterface())).isEqualTo(figures(main, "eth0"));
          assertThat(figures(network.getInterfaces(0))).isEqualTo(figures(main, "net1"));
        });
    var network = stats(pod).getLinux().getNetwork();
    assertThat(network.getDefaultInterface().getRxBytes().getValue())
        .isGreaterThan(2 * network.getDefaultInterface().getTxBytes().getValue());
    assertThat(network.getInterfaces(0).getRxErrors().getValue()).isEqualTo(50);
    assertThat(network.getInterfaces(0).getTxErrors().getValue()).isBetween(1L, 49L);
  }

  /**
   * Sends VXLAN packets that were marked as having met congestion though they cannot be, which the
   * kernel counts as errors (RFC 6040, 4.2).
   */
  private static void sendDamaged(String to, int count) throws IOException {
    var packet = ByteBuffer.allocate(1000);
    packet.put(0, (byte) 8).put(6, (byte) 1); // network 1
    packet.put(14, (byte) 2); // from a station
    packet.putShort(20, (short) 0x0800).put(22, (byte) 0x45); // IPv4, not capable of marks
    try (var socket = new DatagramSocket()) {
      socket.setTrafficClass(3);
      var address = new InetSocketAddress(to, 4789);
      for (int i = 0; i < count; i++) {
        socket.send(new DatagramPacket(packet.array(), packet.capacity(), address));
      }
    }
  }

  private static List<Long> figures(NetworkInterfaceUsage usage) {
    return Stream.of(
            usage.getRxBytes(), usage.getRxErrors(), usage.getTxBytes(), usage.getTxErrors())
        .map(UInt64Value::getValue)
        .toList();
  }

  /** The same figures as the kernel tells them in the pod. */
  private static List<Long> figures(TestContainer container, String link) {
    return container
        .sh("cd /sys/class/net/" + link + "/statistics; cat rx_bytes rx_errors tx_bytes tx_errors")
        .lines()
        .map(Long::valueOf)
        .toList();
  }

  private static void inNetworkOf(TestPod pod, List<String> command) throws Exception {
    var whole = new ArrayList<String>();
    whole.add("nsenter");
    whole.add("--net=" + node.config.state().resolve("pods").resolve(pod.id).resolve("ns/network"));
    whole.addAll(command);
    Process process = new ProcessBuilder(whole).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void metricsHaveCadvisorsNamesAndTheLabelsOfTheirDescriptors() throws Exception {
    TestPod pod = node.pod("metrics").run();
    TestContainer main = limited(pod, "echo ready; while :; do :; done");
    main.awaitLine("ready");
    main.sh("ping -c 2 $(ip route | awk '/default/ { print $3 }')");
    await()
        .atMost(PATIENCE)
        .until(() -> value(of(pod, main), "container_cpu_usage_seconds_total") > 0);

    Map<String, MetricDescriptor> descriptors =
        node
            .runtime()
            .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
            .getDescriptorsList()
            .stream()
            .collect(Collectors.toMap(MetricDescriptor::getName, d -> d));
    assertThat(descriptors.values())
        .allSatisfy(d -> assertThat(d.getHelp()).isNotEmpty())
        .allSatisfy(
            d -> assertThat(d.getLabelKeysList()).contains("pod", "namespace", "container"));
    PodSandboxMetrics metrics = of(pod);
    List<Metric> own = of(pod, main);
    var seen = new HashSet<String>();
    for (Metric metric : Stream.concat(metrics.getMetricsList().stream(), own.stream()).toList()) {
      seen.add(metric.getName());
      var descriptor = requireNonNull(descriptors.get(metric.getName()), metric.getName());
      assertThat(metric.getLabelValuesList())
          .as(metric.getName())
          .hasSameSizeAs(descriptor.getLabelKeysList());
      assertThat(metric.getTimestamp()).isPositive();
      assertThat(metric.getMetricType())
          .as(metric.getName())
          .isEqualTo(
              metric.getName().matches("(?!.*inodes_total).*(_total|_failcnt)")
                  ? MetricType.COUNTER
                  : MetricType.GAUGE);
    }
    var missing = new TreeSet<>(descriptors.keySet());
    missing.removeAll(seen);
    missing.removeAll(MAY_BE_MISSING);
    missing.removeIf(name -> name.startsWith("container_pressure_") && !hasPressure());
    assertThat(missing).isEmpty();
  }

  private static boolean hasPressure() {
    try {
      return pressure();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void metricsTellWhatIsSo() {
    TestPod pod = node.pod("values").run();
    TestContainer main =
        limited(pod, "exec 3<>/dev/null 4<>/dev/null; nc -l -p 4444 & sleep 1000 & wait");
    main.sh("ping -c 2 $(ip route | awk '/default/ { print $3 }')");
    await().atMost(PATIENCE).until(() -> value(of(pod, main), "container_processes") == 3);
    await().atMost(PATIENCE).until(() -> value(of(pod, main), "container_sockets") == 1);

    List<Metric> own = of(pod, main);
    assertThat(value(own, "container_threads")).isEqualTo(3);
    assertThat(value(own, "container_file_descriptors")).isBetween(9L, 40L);
    assertThat(value(own, "container_spec_cpu_period")).isEqualTo(50_000);
    assertThat(value(own, "container_spec_cpu_quota")).isEqualTo(40_000);
    assertThat(value(own, "container_spec_cpu_shares")).isEqualTo(512);
    assertThat(value(own, "container_spec_memory_limit_bytes")).isEqualTo(64 * MEBI);
    assertThat(value(own, "container_spec_memory_swap_limit_bytes")).isEqualTo(96 * MEBI);
    assertThat(value(own, "container_start_time_seconds"))
        .isEqualTo(main.status().getStartedAt() / 1_000_000_000L);
    assertThat(value(own, "container_memory_working_set_bytes")).isPositive();
    assertThat(value(own, "container_memory_max_usage_bytes"))
        .isGreaterThanOrEqualTo(value(own, "container_memory_rss"));
    assertThat(value(own, "container_ulimits_soft")).isPositive();
    assertThat(value(own, "container_fs_limit_bytes")).isPositive();
    Metric network =
        of(pod).getMetricsList().stream()
            .filter(m -> m.getName().equals("container_network_receive_packets_total"))
            .findFirst()
            .orElseThrow();
    assertThat(network.getValue().getValue()).isGreaterThanOrEqualTo(2);
    assertThat(network.getLabelValuesList()).endsWith("tests", "values", "eth0");
    assertThat(own.getFirst().getLabelValuesList())
        .contains("main", main.id, Node.BUSYBOX, "tests", "values");
  }

  @Test
  void metricsAlsoComeInParts() {
    TestPod pod = node.pod("parts").hostNetwork().run();
    TestContainer main = pod.startSleeper("main");
    TestPod stopped = node.pod("stopped").hostNetwork().run();
    stopped.stop();
    var streamed = new ArrayList<PodSandboxMetrics>();
    node.runtime()
        .streamPodSandboxMetrics(StreamPodSandboxMetricsRequest.getDefaultInstance())
        .forEachRemaining(part -> streamed.addAll(part.getPodSandboxMetricsList()));
    assertThat(streamed)
        .singleElement()
        .satisfies(one -> {
          assertThat(one.getPodSandboxId()).isEqualTo(pod.id);
          assertThat(one.getContainerMetricsList())
              .extracting(ContainerMetrics::getContainerId)
              .containsExactly(main.id);
          assertThat(one.getMetricsList()).isNotEmpty();
        });
  }

  private static PodSandboxMetrics of(TestPod pod) {
    return node
        .runtime()
        .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
        .getPodMetricsList()
        .stream()
        .filter(one -> one.getPodSandboxId().equals(pod.id))
        .findFirst()
        .orElseThrow();
  }

  private static List<Metric> of(TestPod pod, TestContainer container) {
    return of(pod).getContainerMetricsList().stream()
        .filter(one -> one.getContainerId().equals(container.id))
        .findFirst()
        .orElseThrow()
        .getMetricsList();
  }

  private static long value(List<Metric> metrics, String name) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name))
        .getValue()
        .getValue();
  }
}
