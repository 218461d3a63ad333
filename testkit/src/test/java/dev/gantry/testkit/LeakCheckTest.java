package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs tests that leave something behind and looks at what becomes of them. */
class LeakCheckTest {
  private static final String LINK = TestNames.link();
  private static final Path CGROUP = cgroup();
  private static Process process = dead();

  @AfterEach
  void cleanUp() throws Exception {
    process.destroyForcibly().waitFor();
    Files.deleteIfExists(CGROUP);
    if (Files.exists(Path.of("/sys/class/net", LINK))) {
      Commands.run("ip", "link", "delete", LINK);
    }
  }

  @Test
  void passesCleanTests() {
    assertThat(failures("clean")).isEmpty();
  }

  @Test
  void namesAMount() {
    assertThat(failures("mount"))
        .singleElement()
        .asString()
        .contains("this test left behind", "mount /", "/s/m (tmpfs)");
  }

  @Test
  void namesAnInterface() {
    assertThat(failures("link")).first().asString().contains("interface " + LINK);
  }

  @Test
  void namesACgroup() {
    assertThat(failures("cgroup")).first().asString().contains("cgroup " + CGROUP);
  }

  @Test
  void namesAProcess() {
    assertThat(failures("process"))
        .first()
        .asString()
        .contains("process " + process.pid() + " sleep 3600");
  }

  private static List<String> failures(String method) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter(LeakCheck.GRACE, "100")
        .selectors(selectMethod(Leaky.class, method))
        .execute()
        .allEvents()
        .finished()
        .failed()
        .map(LeakCheckTest::message)
        .toList();
  }

  private static String message(Event event) {
    return String.valueOf(
        event
            .getRequiredPayload(TestExecutionResult.class)
            .getThrowable()
            .orElseThrow()
            .getMessage());
  }

  private static Path cgroup() {
    return MountTable.read().stream()
        .filter(mount -> mount.type().startsWith("cgroup") && Files.exists(procs(mount)))
        .map(mount -> Path.of(mount.target() + TestNames.cgroup()))
        .findFirst()
        .orElseThrow();
  }

  private static Path procs(MountTable.Entry mount) {
    return Path.of(mount.target(), "cgroup.procs");
  }

  private static Process dead() {
    try {
      return new ProcessBuilder("true").start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ExtendWith(LeakCheck.class)
  static final class Leaky {
    @RegisterExtension final TestDirs dirs = new TestDirs();

    @Test
    void clean() throws IOException {
      Path target = dirs.state().resolve("m");
      Files.createDirectory(target);
      Commands.run("mount", "-t", "tmpfs", "none", target.toString());
      Commands.run("umount", target.toString());
      assertThat(dirs.socket().toString()).hasSizeLessThan(60);
    }

    @Test
    void mount() throws IOException {
      Path target = dirs.state().resolve("m");
      Files.createDirectory(target);
      Commands.run("mount", "-t", "tmpfs", "none", target.toString());
    }

    @Test
    void link() {
      Commands.run("ip", "link", "add", LINK, "type", "bridge");
    }

    @Test
    void cgroup() throws IOException {
      Files.createDirectory(CGROUP);
    }

    @Test
    void process() throws IOException {
      process = new ProcessBuilder("sleep", "3600").start();
    }
  }
}
