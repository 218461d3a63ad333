package dev.gantry.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cli.Session;
import dev.gantry.cli.local.ChildProcess;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.output.Terminal;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import picocli.CommandLine;

@ExtendWith(LeakCheck.class)
class DemoTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();
  private Places places;
  private InstalledGantry gantry;

  @SuppressWarnings("NullAway.Init")
  DemoTest() {}

  @BeforeEach
  void install() throws IOException {
    places = new Places(dirs.path("root"), dirs.path("state"), TestNames.cgroup());
    gantry = new InstalledGantry(dirs.dir("home"));
  }

  @AfterEach
  void down() {
    demo("--down");
  }

  private String demo(String... arguments) {
    var out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Session session = new Session(stream, stream, gantry.environment(), Terminal.NONE);
    int exit = new CommandLine(new Demo(session, places)).execute(arguments);
    stream.println("exit code " + exit);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void itComesUpShowsItselfAgainAndGoesAway() {
    String page = ExampleImage.PAGE.strip();
    assertThat(demo())
        .contains("[12/12]")
        .contains("    " + page)
        .contains("response:200")
        .contains("1 root     httpd -f -vv -p 8080 -h /www")
        .contains("pull the image through CRI")
        .contains("export CONTAINER_RUNTIME_ENDPOINT=" + places.endpoint())
        .endsWith("exit code 0\n");
    assertThat(demo()).startsWith("The demo is up.").contains(page).endsWith("exit code 0\n");
    assertThat(demo("--down")).startsWith("The demo is removed").endsWith("exit code 0\n");
    assertThat(places.root()).doesNotExist();
    assertThat(places.state()).doesNotExist();
    assertThat(demo("--down")).startsWith("The demo is not up.").endsWith("exit code 0\n");
  }

  @Test
  void itGoesAwayEvenIfItsDaemonWasKilled() throws Exception {
    assertThat(demo()).endsWith("exit code 0\n");
    Path record = places.root().resolve("daemon.pid");
    ProcessHandle daemon =
        ChildProcess.find("the daemon", record)
            .flatMap(child -> ProcessHandle.of(child.pid()))
            .orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().get();
    assertThat(demo("--down")).startsWith("The demo is removed").endsWith("exit code 0\n");
    assertThat(places.root()).doesNotExist();
  }
}
