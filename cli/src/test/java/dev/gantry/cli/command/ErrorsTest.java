package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import dev.gantry.cri.v1.VersionResponse;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ErrorsTest extends CommandTest {
  @Test
  void aConfigurationThatIsNotTheDefaultOne() {
    assertThat(gantry("config", "default").out()).contains("root = \"/var/lib/gantry\"");
    assertThat(gantry("config", "other").exit()).isEqualTo(2);
  }

  @Test
  void aRuntimeThatIsNotThere() {
    Path none = directory.resolve("none.sock");
    var outcome = gantry("-r", "unix://" + none, "pods");
    assertThat(outcome.exit()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo(
            "gantry: list pods: no runtime at unix://"
                + none
                + ": no such socket\n"
                + "  start one with `gantry daemon`, or name another with --runtime-endpoint\n");
  }

  @Test
  void aSocketThatNobodyServes() throws IOException {
    Files.createFile(directory.resolve("dead.sock"));
    assertThat(gantry("-r", directory.resolve("dead.sock").toString(), "pods").err())
        .startsWith("gantry: list pods: no runtime answers at unix://" + directory);
  }

  @Test
  void aCallThatTheRuntimeDoesNotKnow() {
    assertThat(gantry("imagefsinfo").err())
        .isEqualTo(
            "gantry: get the image file system's usage: the runtime at "
                + runtime().endpoint()
                + " does not serve this (ImageFsInfo)\n");
  }

  @Test
  void aRuntimeThatDoesNotAnswer() {
    runtime()
        .answering(
            "Version",
            MessageLite.class,
            request -> {
              try {
                Thread.sleep(5_000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return VersionResponse.getDefaultInstance();
            });
    assertThat(gantry("-t", "100ms", "version").err())
        .startsWith("gantry: get the runtime's version: no answer from " + runtime().endpoint())
        .contains(" within 0.1 s\n");
  }

  @Test
  void theRuntimesWordsAreKept() {
    runtime().failing("ListPodSandbox", Status.INTERNAL.withDescription("disk on fire"));
    assertThat(gantry("pods")).isEqualTo(new Outcome(1, "", "gantry: list pods: disk on fire\n"));
    runtime().failing("ListPodSandbox", Status.INTERNAL);
    assertThat(gantry("pods").err()).isEqualTo("gantry: list pods: INTERNAL\n");
  }

  @Test
  void aWrongCommandLine() {
    assertThat(gantry("pod").err()).contains("gantry: Unmatched argument").contains("pods");
    assertThat(gantry("pods", "--nope").exit()).isEqualTo(2);
    assertThat(gantry("stop").exit()).isEqualTo(2);
    assertThat(gantry("-r", "tcp://x", "pods").err())
        .isEqualTo(
            "gantry: endpoint tcp://x: must be unix:///path/to/socket or an absolute path\n");
    assertThat(gantry("-t", "soon", "pods").err()).contains("'soon' is no length of time");
  }

  @Test
  void optionsThatContradictEachOtherAreRefused() {
    assertThat(gantry("run", "-d", "-it", "busybox", "sh").err())
        .startsWith("gantry: --detach excludes --interactive and --tty");
    assertThat(gantry("exec", "--sync", "-i", "x", "sh").err())
        .startsWith("gantry: --sync excludes --tty and --interactive");
    assertThat(gantry("port-forward", "x", "80:x").exit()).isEqualTo(2);
  }

  @Test
  void helpNamesEveryCommandAndEachHasHelp() {
    String help = gantry("--help").out();
    for (String name : Commands.names()) {
      if (!name.equals("train-aot")) {
        assertThat(help).contains("\n  " + name);
      }
      // Those others have command lines of their own.
      if (!Set.of("train-aot", "daemon", "node", "bench").contains(name)) {
        assertThat(gantry(name, "--help").out()).startsWith("Usage: gantry " + name);
      }
    }
    assertThat(gantry().out()).isEqualTo(help);
  }

  @Test
  void theEndpointMayStandBehindTheCommand() {
    environment.clear();
    runtime().answering("Version", VersionResponse.getDefaultInstance());
    assertThat(gantry("version", "--runtime-endpoint", runtime().endpoint()).exit()).isZero();
  }
}
