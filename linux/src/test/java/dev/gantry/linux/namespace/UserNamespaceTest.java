package dev.gantry.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.namespace.IdMappings.Run;
import dev.gantry.linux.namespace.PodInit.Request;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pod namespaces inside a user namespace, and the init of such a pod. */
class UserNamespaceTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final long HOST = 1_000_000;
  private static final IdMappings IDS = ids(HOST, 65_536);

  @TempDir Path dir;

  private static IdMappings ids(long host, long length) {
    List<Run> runs = List.of(new Run(0, host, length));
    return new IdMappings(runs, runs);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        PodNamespaces.unpin(file);
      }
    }
    assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo")))
        .noneMatch(line -> line.contains(dir.toString()));
    // The helper of each ended with its input.
    await().untilAsserted(() -> assertThat(helpers()).isEmpty());
  }

  private static List<Path> helpers() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
      return all.map(task -> task.resolve("children"))
          .flatMap(UserNamespaceTest::words)
          .map(pid -> Path.of("/proc", pid, "exe"))
          .filter(exe -> exe.toFile().exists() && target(exe).contains("syscalls"))
          .toList();
    }
  }

  private static Stream<String> words(Path file) {
    try {
      return Stream.of(Files.readString(file).split(" ", -1)).filter(w -> !w.isBlank());
    } catch (IOException ended) {
      return Stream.of();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException ended) {
      return "";
    }
  }

  private Map<NamespaceType, Path> pins() {
    return Map.of(
        NamespaceType.USER, dir.resolve("user"),
        NamespaceType.NETWORK, dir.resolve("net"),
        NamespaceType.IPC, dir.resolve("ipc"),
        NamespaceType.UTS, dir.resolve("uts"));
  }

  private String inPod(String script) throws IOException {
    Spawn.Result result =
        Spawn.of(
                "nsenter",
                "--user=" + dir.resolve("user"),
                "--net=" + dir.resolve("net"),
                "--uts=" + dir.resolve("uts"),
                "--ipc=" + dir.resolve("ipc"),
                "/bin/sh",
                "-c",
                script)
            .inheritEnv()
            .run(MINUTE, 4096);
    assertThat(result.stderr()).isEmpty();
    return result.stdoutText().strip();
  }

  @Test
  void theOthersAreInsideAndConfigured() throws Exception {
    PodNamespaces.pin(
        new PinRequest(
            pins(),
            IDS,
            "pod-u",
            Map.of("kernel.shmmni", "1234", "net.ipv4.ip_unprivileged_port_start", "7"),
            true));
    assertThat(inPod("cat /proc/self/uid_map; id -u").split("\\s+", -1))
        .containsExactly("0", "1000000", "65536", "0");
    assertThat(
            inPod(
                "hostname; sysctl -n kernel.shmmni net.ipv4.ip_unprivileged_port_start;"
                    + " ip -o link show lo"))
        .startsWith("pod-u\n1234\n7\n")
        .contains("LOOPBACK,UP");
    // Root in there may change what is the namespaces' own: they belong to its user namespace.
    assertThat(inPod("ip link add x0 type veth peer name x1 && hostname other && hostname"))
        .isEqualTo("other");
  }

  @Test
  void theInitIsInsideToo() throws Exception {
    PodNamespaces.pin(new PinRequest(pins(), IDS, "pod-u", Map.of(), true));
    ProcessId init =
        PodInit.start(
            new Request(
                dir.resolve("root"),
                PodInit.findCatatonit().orElseThrow(),
                pins(),
                PodInit.USER,
                dir.resolve("pid"),
                null));
    try {
      assertThat(Files.readString(Path.of("/proc/" + init.pid() + "/status")))
          .contains("Uid:\t" + (HOST + PodInit.USER))
          .contains("CapBnd:\t0000000000000000")
          .contains("Seccomp:\t2");
      assertThat(Files.readSymbolicLink(Path.of("/proc/" + init.pid() + "/ns/user")).toString())
          .isEqualTo("user:[" + Files.getAttribute(dir.resolve("user"), "unix:ino") + "]");
      // Root of the pod can mount its /proc, which needs a PID namespace that is its own.
      assertThat(
              Spawn.of(
                      "nsenter",
                      "--user=" + dir.resolve("user"),
                      "--pid=" + dir.resolve("pid"),
                      "unshare",
                      "--mount",
                      "/bin/sh",
                      "-c",
                      "mount -t proc none /proc && cat /proc/1/comm && ! ls /proc/1/root/")
                  .inheritEnv()
                  .run(MINUTE, 4096)
                  .stdoutText())
          .isEqualTo("catatonit\n");
    } finally {
      PodInit.stop(init, MINUTE);
    }
  }

  @Test
  void whatFailsIsNamedAndLeavesNothing() throws Exception {
    assertThatThrownBy(() ->
            PodNamespaces.pin(
                new PinRequest(pins(), IDS, null, Map.of("net.ipv4.ip_forward", "maybe"), true)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("set sysctl net.ipv4.ip_forward = maybe: EINVAL");
    List<Run> twice = List.of(new Run(0, HOST, 10), new Run(5, HOST + 20, 10));
    assertThatThrownBy(() ->
            PodNamespaces.pin(
                new PinRequest(pins(), new IdMappings(twice, twice), null, Map.of(), true)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("uid_map: EINVAL");
    assertThat(dir).isEmptyDirectory();
    Files.writeString(dir.resolve("uts"), "taken");
    assertThatThrownBy(
            () -> PodNamespaces.pin(new PinRequest(pins(), IDS, "pod-u", Map.of(), true)))
        .hasMessageContaining(dir + "/uts: EEXIST");
    assertThat(dir).isDirectoryContaining("glob:**/uts");
    assertThat(dir.toFile().list()).containsExactly("uts");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PinRequest(pins(), null, null, Map.of(), true));
    assertThatIllegalArgumentException().isThrownBy(() -> new Run(0, 1L << 32, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Run(0, 0, 0));
  }
}
