package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.daemon.doctor.HostCapabilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against directory trees that look like the hierarchies of other hosts. */
class HostFactsReaderTest {
  private static final String OWN = "1:name=systemd:/elsewhere\n0::/node/gantry\n";

  private static final HostCapabilities ALL = new HostCapabilities(List.of("CAP_SYS_RESOURCE"));

  @TempDir private Path root = Path.of("/");

  private void limitedGroup(String path) throws IOException {
    Files.createFile(Files.createDirectories(root.resolve(path)).resolve("memory.swap.max"));
  }

  @Test
  void swapIsLimitedWhereNoGroupIsOfSystemd() throws IOException {
    Files.createFile(root.resolve("cgroup.procs"));
    Files.createDirectories(root.resolve("elsewhere"));
    assertThat(HostFactsReader.limitsSwap(root, OWN)).isFalse();
    limitedGroup("openrc.sshd");
    assertThat(HostFactsReader.limitsSwap(root, OWN)).isTrue();
  }

  @Test
  void swapIsLimitedWhereTheDaemonsOwnGroupCan() throws IOException {
    limitedGroup("node/gantry");
    assertThat(HostFactsReader.limitsSwap(root, OWN)).isTrue();
    assertThat(HostFactsReader.limitsSwap(root, "0::/node\n")).isFalse();
  }

  /** What a container sees as the root is a group of the host. */
  @Test
  void swapIsLimitedInAContainerThatIsANode() throws IOException {
    limitedGroup(".");
    assertThat(HostFactsReader.limitsSwap(root, "0::/\n")).isTrue();
  }

  @Test
  void oomScoresCanBeLoweredWithTheRightAndNotFromAUserNamespace() {
    String host = "         0          0 4294967295\n";
    assertThat(HostFactsReader.leastOomScore(ALL, host, -999)).isEqualTo(-1000);
    assertThat(HostFactsReader.leastOomScore(new HostCapabilities(List.of()), host, -999))
        .isEqualTo(-999);
    assertThat(HostFactsReader.leastOomScore(ALL, "         0     100000      65536\n", 0))
        .isEqualTo(0);
  }
}
