package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against directory trees that look like the hierarchies of other hosts. */
class HostFactsReaderTest {
  private static final String OWN = "1:name=systemd:/elsewhere\n0::/node/gantry\n";

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
}
