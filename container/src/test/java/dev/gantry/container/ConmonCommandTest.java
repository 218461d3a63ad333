package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConmonCommandTest {
  private static final List<String> PROGRAM = List.of("/usr/bin/crun");
  private static final RuntimeConfig CRUN =
      RuntimeConfig.of(
          "crun",
          Path.of("/usr/bin/crun"),
          Path.of("/usr/bin/conmon"),
          Path.of("/run/g/runtimes/crun"),
          Path.of("/run/g/s"));

  @Test
  void namesEverythingConmonNeeds() {
    ConmonCommand command =
        ConmonCommand.of(
            CRUN,
            RuntimeFlavor.CRUN,
            PROGRAM,
            request(false, false, false),
            Path.of("/l/0.log"),
            false);

    assertThat(command.argv())
        .containsExactly(
            "/usr/bin/conmon",
            "-c",
            "c1",
            "-u",
            "c1",
            "-n",
            "web",
            "-r",
            "/usr/bin/crun",
            "-b",
            "/run/g/c1",
            "-p",
            "/run/g/c1/pidfile",
            "-P",
            "/run/g/c1/conmon.pid",
            "--exit-dir",
            "/run/g/exits",
            "--persist-dir",
            "/run/g/c1",
            "-l",
            "k8s-file:/l/0.log",
            "--full-attach",
            "--no-sync-log",
            "--runtime-arg",
            "--root=/run/g/runtimes/crun");
    assertThat(command.cwd()).isEqualTo(Path.of("/run/g/c1"));
    assertThat(command.env())
        .containsEntry("_OCI_SYNCPIPE", "3")
        .containsEntry("TMPDIR", "/run/g/s")
        .containsKey("PATH")
        .doesNotContainKey("_OCI_STARTPIPE");
  }

  @Test
  void dropsTheOutputOfAContainerWithoutLog() {
    assertThat(of(request(false, false, false)).argv()).containsSequence("-l", "none");
  }

  @Test
  void passesTerminalAndInput() {
    assertThat(of(request(true, true, true)).argv())
        .contains("-t", "-i")
        .doesNotContain("--leave-stdin-open");
    assertThat(of(request(false, true, false)).argv())
        .contains("-i", "--leave-stdin-open")
        .doesNotContain("-t");
  }

  @Test
  void keepsErrorsOfRuncPlain() {
    ConmonCommand command =
        ConmonCommand.of(
            CRUN, RuntimeFlavor.RUNC, PROGRAM, request(false, false, false), null, true);

    assertThat(command.argv()).containsSequence("--runtime-arg", "--log=/dev/null");
    assertThat(command.env()).containsEntry("_OCI_STARTPIPE", "4");
  }

  @Test
  void asksSystemdForCgroupsWhenConfigured() {
    RuntimeConfig systemd =
        new RuntimeConfig(
            "crun",
            CRUN.binary(),
            CRUN.root(),
            List.of("--debug"),
            CRUN.conmon(),
            Path.of("/" + "x".repeat(100)),
            true,
            null,
            CRUN.createDeadline(),
            CRUN.commandDeadline());
    ConmonCommand command =
        ConmonCommand.of(
            systemd, RuntimeFlavor.CRUN, PROGRAM, request(false, false, false), null, false);

    assertThat(command.argv())
        .containsSequence("--runtime-arg", "--systemd-cgroup")
        .containsSequence("--runtime-arg", "--debug");
    // Too long for a socket's name: conmon falls back to its own default.
    assertThat(command.env()).doesNotContainKey("TMPDIR");
  }

  private static ConmonCommand of(CreateRequest request) {
    return ConmonCommand.of(CRUN, RuntimeFlavor.CRUN, PROGRAM, request, null, false);
  }

  private static CreateRequest request(boolean terminal, boolean stdin, boolean stdinOnce) {
    Process process =
        new Process(
            terminal,
            null,
            User.ROOT,
            List.of("true"),
            List.of(),
            "/",
            null,
            List.of(),
            false,
            null,
            null,
            null);
    RuntimeSpec spec =
        new RuntimeSpec(RuntimeSpec.VERSION, process, null, null, List.of(), null, Map.of(), null);
    Path bundle = Path.of("/run/g/c1");
    return new CreateRequest(
        "c1",
        "web",
        bundle,
        spec,
        bundle,
        Path.of("/run/g/exits"),
        null,
        "/p/c1",
        stdin,
        stdinOnce);
  }
}
