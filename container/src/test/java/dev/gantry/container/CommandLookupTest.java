package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.container.CommandLookup.Verdict;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLookupTest {
  @TempDir private Path dir;
  private Path root = Path.of("/");

  @BeforeEach
  void image() throws IOException {
    root = Files.createDirectory(dir.resolve("root"));
    Files.createDirectories(root.resolve("bin"));
    Files.createDirectories(root.resolve("opt/app"));
    program(root.resolve("bin/tool"));
    Files.writeString(root.resolve("bin/data"), "x");
    program(root.resolve("opt/app/run"));
    Files.createSymbolicLink(root.resolve("bin/inside"), Path.of("/opt/app/run"));
    Files.createSymbolicLink(root.resolve("bin/outside"), Path.of("../../../outside"));
    program(dir.resolve("outside"));
  }

  private static void program(Path file) throws IOException {
    Files.writeString(file, "#!/bin/sh");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Verdict find(String command, Mount... mounts) {
    return find(command, List.of("PATH=/nowhere:/bin"), mounts);
  }

  private Verdict find(String command, List<String> env, Mount... mounts) {
    Process process =
        new Process(
            false,
            null,
            User.ROOT,
            List.of(command),
            env,
            "/opt/app",
            null,
            List.of(),
            false,
            null,
            null,
            null);
    RuntimeSpec spec =
        RuntimeSpec.builder()
            .process(process)
            .root(new Root(root.toString(), false))
            .mounts(List.of(mounts))
            .build();
    return CommandLookup.ofBundle(dir, spec).find(process);
  }

  @Test
  void looksAlongThePath() {
    assertThat(find("tool")).isEqualTo(Verdict.FOUND);
    assertThat(find("run")).isEqualTo(Verdict.MISSING);
    assertThat(find("data")).isEqualTo(Verdict.NOT_EXECUTABLE);
    assertThat(find("tool", List.of())).isEqualTo(Verdict.FOUND);
    assertThat(find("tool", List.of("PATH=/bin", "PATH=/opt"))).isEqualTo(Verdict.MISSING);
    assertThat(find("run", List.of("PATH="))).isEqualTo(Verdict.FOUND);
  }

  @Test
  void takesPathsAsTheyAre() {
    assertThat(find("/bin/tool")).isEqualTo(Verdict.FOUND);
    assertThat(find("./run")).isEqualTo(Verdict.FOUND);
    assertThat(find("../../bin/tool")).isEqualTo(Verdict.FOUND);
    assertThat(find("/bin")).isEqualTo(Verdict.NOT_EXECUTABLE);
    assertThat(find("/bin/tool/x")).isEqualTo(Verdict.MISSING);
  }

  @Test
  void linksStayInTheImage() {
    assertThat(find("inside")).isEqualTo(Verdict.FOUND);
    assertThat(find("outside")).isEqualTo(Verdict.MISSING);
  }

  @Test
  void looksIntoBindMountsAndNowhereElse() throws IOException {
    Path volume = Files.createDirectory(dir.resolve("volume"));
    program(volume.resolve("vtool"));
    Mount bind = new Mount("/vol", "bind", volume.toString(), List.of("rbind"));
    Mount file = new Mount("/bin/data", "bind", volume + "/vtool", List.of("bind"));
    Mount tmpfs = new Mount("/opt", "tmpfs", "tmpfs", List.of());

    assertThat(find("/vol/vtool", bind)).isEqualTo(Verdict.FOUND);
    assertThat(find("/vol/other", bind)).isEqualTo(Verdict.MISSING);
    assertThat(find("/vol/vtool")).isEqualTo(Verdict.MISSING);
    assertThat(find("data", file)).isEqualTo(Verdict.FOUND);
    assertThat(find("/opt/app/run", tmpfs)).isEqualTo(Verdict.UNKNOWN);
  }
}
