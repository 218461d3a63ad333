package dev.gantry.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.linux.net.Links;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodNamespacesTest {
  private static final String HOST_NETWORK = thisThreads("net");
  private static final String HOST_UTS = thisThreads("uts");

  @TempDir Path dir;

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (NamespaceType type : NamespaceType.values()) {
      PodNamespaces.unpin(dir.resolve(type.procName()));
    }
    assertThat(mounts()).isEmpty();
  }

  private Map<NamespaceType, Path> pins(NamespaceType... types) {
    Map<NamespaceType, Path> pins = new EnumMap<>(NamespaceType.class);
    for (NamespaceType type : types) {
      pins.put(type, dir.resolve(type.procName()));
    }
    return pins;
  }

  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(dir.toString()))
        .toList();
  }

  private static String thisThreads(String type) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self/ns", type)).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What a shell in the pinned namespaces prints. */
  private String inside(String script) throws IOException {
    List<String> argv = new ArrayList<>(List.of("nsenter"));
    for (String type : List.of("net", "ipc", "uts")) {
      if (Files.exists(dir.resolve(type))) {
        argv.add("--" + type + "=" + dir.resolve(type));
      }
    }
    argv.addAll(List.of("/bin/sh", "-c", script));
    Spawn.Result result = Spawn.of(argv).inheritEnv().run(Duration.ofSeconds(60), 4096);
    assertThat(result.success()).as(result.stderr()).isTrue();
    return result.stdoutText().strip();
  }

  @Test
  void namespacesAreMadeSetUpAndPinned() throws Exception {
    Map<String, String> sysctls = new HashMap<>();
    sysctls.put("net.ipv4.ip_unprivileged_port_start", "80");
    sysctls.put("net/ipv4/conf/lo/forwarding", "1");
    sysctls.put("kernel.shm_rmid_forced", "1");
    sysctls.put("kernel.sem", "250 32000 100 99");
    sysctls.put("fs.mqueue.msg_max", "17");
    String hostname = inside("hostname");
    String hostPorts = inside("cat /proc/sys/net/ipv4/ip_unprivileged_port_start");
    String hostMessages = inside("cat /proc/sys/fs/mqueue/msg_max");
    PodNamespaces.pin(
        new PinRequest(
            pins(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS),
            "pod-a",
            sysctls,
            true));

    assertThat(inside("hostname")).isEqualTo("pod-a");
    assertThat(inside("cat /proc/sys/net/ipv4/ip_unprivileged_port_start")).isEqualTo("80");
    assertThat(inside("cat /proc/sys/net/ipv4/conf/lo/forwarding")).isEqualTo("1");
    assertThat(inside("cat /proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    assertThat(inside("cat /proc/sys/kernel/sem")).isEqualTo("250\t32000\t100\t99");
    assertThat(inside("cat /proc/sys/fs/mqueue/msg_max")).isEqualTo("17");
    assertThat(inside("ip -o addr show lo")).contains("127.0.0.1/8");
    assertThat(inside("ip -o link")).doesNotContain("eth0");

    for (String type : List.of("net", "ipc", "uts")) {
      PodNamespaces.unpin(dir.resolve(type));
      PodNamespaces.unpin(dir.resolve(type));
    }
    assertThat(mounts()).isEmpty();
    assertThat(dir).isEmptyDirectory();
    assertThat(inside("hostname")).isEqualTo(hostname);
    assertThat(inside("cat /proc/sys/net/ipv4/ip_unprivileged_port_start")).isEqualTo(hostPorts);
    assertThat(inside("cat /proc/sys/fs/mqueue/msg_max")).isEqualTo(hostMessages);
  }

  @Test
  void noThreadOfThisJvmIsMoved() throws Exception {
    // A virtual thread that is woken from the wrong place would start its carrier there.
    List<Path> pins = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Path pin = dir.resolve("net" + i);
        pins.add(pin);
        PinRequest request =
            new PinRequest(Map.of(NamespaceType.NETWORK, pin), null, Map.of(), true);
        all.add(
            executor.submit(() -> {
              PodNamespaces.pin(request);
              return PodNamespaces.inNetwork(pin, Links::list);
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(mounts()).hasSize(50);
    for (Path pin : pins) {
      PodNamespaces.unpin(pin);
    }
    assertThat(thisThreads("net")).isEqualTo(HOST_NETWORK);
    assertThat(thisThreads("uts")).isEqualTo(HOST_UTS);
    // The thread that made the namespaces may still be ending.
    await().untilAsserted(() -> assertThat(networksOfThreads()).containsExactly(HOST_NETWORK));
  }

  private static Set<String> networksOfThreads() throws IOException {
    Set<String> networks = new HashSet<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        networks.add(Files.readSymbolicLink(thread.resolve("ns/net")).toString());
      }
    } catch (NoSuchFileException ended) {
      networks.add(ended.getFile());
    }
    return networks;
  }

  @Test
  void aTaskRunsInTheNetworkAndItsErrorsComeOut() throws Exception {
    PodNamespaces.pin(new PinRequest(pins(NamespaceType.NETWORK), null, Map.of(), true));
    Path pin = dir.resolve("net");
    String inside = PodNamespaces.inNetwork(pin, () -> thisThreads("net"));
    assertThat(inside).isNotEqualTo(HOST_NETWORK);
    assertThat(PodNamespaces.inNetwork(pin, Links::list)).hasSizeGreaterThanOrEqualTo(1);
    assertThatThrownBy(() ->
            PodNamespaces.inNetwork(
                pin,
                () -> {
                  throw new IOException("mine");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("mine");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            PodNamespaces.inNetwork(
                pin,
                () -> {
                  throw new IllegalArgumentException("mine");
                }));
    assertThatThrownBy(() -> PodNamespaces.inNetwork(dir.resolve("none"), () -> 1))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining(dir + "/none");
    Path file = Files.createFile(dir.resolve("file"));
    assertThatThrownBy(() -> PodNamespaces.inNetwork(file, () -> 1))
        .isInstanceOf(LinuxException.class);
  }

  @Test
  void aFailureLeavesNothing() throws Exception {
    Map<NamespaceType, Path> pins = pins(NamespaceType.NETWORK, NamespaceType.IPC);
    Files.createFile(dir.resolve("ipc"));
    assertThatThrownBy(() -> PodNamespaces.pin(new PinRequest(pins, null, Map.of(), true)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST))
        .hasMessageContaining(dir + "/ipc");
    assertThat(mounts()).isEmpty();
    assertThat(dir.resolve("net")).doesNotExist();

    Map<NamespaceType, Path> uts = pins(NamespaceType.UTS);
    assertThatThrownBy(() -> PodNamespaces.pin(new PinRequest(uts, "x".repeat(65), Map.of(), true)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("set hostname xxx");
    Map<String, String> bad = Map.of("net.ipv4.ip_forward", "maybe");
    assertThatThrownBy(
            () -> PodNamespaces.pin(new PinRequest(pins(NamespaceType.NETWORK), null, bad, true)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
        .hasMessageContaining("net.ipv4.ip_forward = maybe");
    Map<String, String> none = Map.of("net.ipv4.no_such_setting", "1");
    assertThatThrownBy(
            () -> PodNamespaces.pin(new PinRequest(pins(NamespaceType.NETWORK), null, none, true)))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertThat(mounts()).isEmpty();
    assertThat(dir.resolve("net")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "net.ipv4.ip_forward, net/ipv4/ip_forward, NETWORK",
    "net/ipv4/conf/eth0.7/forwarding, net/ipv4/conf/eth0.7/forwarding, NETWORK",
    "net.ipv4.conf.eth0/7.forwarding, net/ipv4/conf/eth0.7/forwarding, NETWORK",
    "kernel.shmmax, kernel/shmmax, IPC",
    "kernel/msgmnb, kernel/msgmnb, IPC",
    "fs.mqueue.queues_max, fs/mqueue/queues_max, IPC",
    "kernel.domainname, kernel/domainname, UTS"
  })
  void sysctlsBelongToANamespace(String name, String path, NamespaceType type) {
    assertThat(Sysctl.of(name)).isEqualTo(new Sysctl(name, path, type));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "/",
        "net",
        "net.",
        "net..ipv4",
        "/net/ipv4/ip_forward",
        "net/../kernel/panic",
        "net./../kernel.panic",
        "net/./x",
        "kernel.panic",
        "vm.swappiness",
        "fs.file-max",
        "kernel.core_pattern",
        "net.ipv4\0.x",
        "net/a b",
        "kernel.shmmax.x",
        "fs/mqueue/.."
      })
  void otherSysctlsAreRefused(String name) {
    Map<NamespaceType, Path> all =
        pins(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PinRequest(all, null, Map.of(name, "1"), true))
        .withMessageContaining("\"" + name + "\"");
  }

  @Test
  void requestsThatWouldChangeTheHostAreRefused() {
    Map<NamespaceType, Path> ipc = pins(NamespaceType.IPC);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PinRequest(ipc, "name", Map.of(), true))
        .withMessageContaining("UTS");
    Map<String, String> net = Map.of("net.ipv4.ip_forward", "1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PinRequest(ipc, null, net, true))
        .withMessageContaining("network namespace");
    Map<NamespaceType, Path> mount = pins(NamespaceType.MOUNT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PinRequest(mount, null, Map.of(), true));
  }

  @Test
  void nothingToPinIsNothingToDo() throws Exception {
    PodNamespaces.pin(new PinRequest(Map.of(), null, Map.of(), true));
    assertThat(dir).isEmptyDirectory();
  }
}
