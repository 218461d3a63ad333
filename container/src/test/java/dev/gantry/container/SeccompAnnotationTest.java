package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.DefaultSeccomp;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.Seccomp;
import dev.gantry.oci.runtime.SyscallRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is null fails the test
class SeccompAnnotationTest {
  /** Linux answers EXDEV (18) to nothing that mkdir does within one directory. */
  private static final Seccomp NO_MKDIR =
      new Seccomp(
          Seccomp.ALLOW,
          null,
          List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
          List.of(),
          null,
          null,
          List.of(new SyscallRule(List.of("mkdir", "mkdirat"), Seccomp.ERRNO, 18, List.of())));

  private TestHost host;

  @BeforeEach
  void begin() throws IOException {
    host = new TestHost("crun");
  }

  @AfterEach
  void leaveNothing() throws IOException {
    host.close();
  }

  private ContainerRef run(Seccomp profile, String script) throws IOException {
    TestHost.Container plan = host.container("app", "sh", "-c", script);
    plan.seccomp = profile;
    return plan.run();
  }

  @Test
  void theCompiledFilterIsInForceAndAnExecInheritsIt() throws Exception {
    ContainerRef c = run(NO_MKDIR, "busybox mkdir /tmp/a 2>&1; sleep 100");

    ExecOutcome exec =
        host.runtime.execSync(
            c, TestHost.exec(Duration.ofSeconds(30), "busybox", "mkdir", "/tmp/b"));

    assertThat(exec.exitCode()).isNotZero();
    assertThat(new String(exec.stderr().data(), StandardCharsets.UTF_8))
        .contains("Invalid cross-device link");
    assertThat(host.image().resolve("tmp")).isEmptyDirectory();
    assertThat(c.logPath()).content().contains("Invalid cross-device link");
    RuntimeSpec written =
        OciJson.parse(Files.readAllBytes(c.bundle().resolve("config.json")), RuntimeSpec.class);
    assertThat(written.annotations()).containsKey(SeccompAnnotation.NAME);
    assertThat(written.linux().seccomp()).isEqualTo(NO_MKDIR);
  }

  @Test
  void theDefaultProfileCompiles() throws Exception {
    Seccomp profile = DefaultSeccomp.profile(Set.of("CAP_KILL"), "amd64");
    ContainerRef c = run(profile, "exit 3");

    assertThat(host.awaitExit(c.id()).code()).isEqualTo(3);
    RuntimeSpec written =
        OciJson.parse(Files.readAllBytes(c.bundle().resolve("config.json")), RuntimeSpec.class);
    byte[] filter = Base64.getDecoder().decode(written.annotations().get(SeccompAnnotation.NAME));
    // Whole instructions of eight bytes, as many as the kernel takes at most.
    assertThat(filter.length % 8).isZero();
    assertThat(filter.length / 8).isBetween(100, 4096);
  }

  @Test
  void leavesASpecWithoutProfileAlone() throws Exception {
    RuntimeSpec spec = host.container("app", "true").spec();

    assertThat(SeccompAnnotation.apply(spec)).isSameAs(spec);
  }
}
