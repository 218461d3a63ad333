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
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is null fails the test
class SeccompAnnotationTest {
  /** Linux answers EXDEV (18) to nothing that mkdir does within one directory. */
  private static final Seccomp NO_MKDIR = noMkdir(18);

  private TestHost host;

  @BeforeEach
  void begin() throws IOException {
    host = new TestHost("crun");
  }

  @AfterEach
  void leaveNothing() throws IOException {
    host.close();
  }

  private static Seccomp noMkdir(int errno) {
    return new Seccomp(
        Seccomp.ALLOW,
        null,
        List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
        List.of(),
        null,
        null,
        List.of(new SyscallRule(List.of("mkdir", "mkdirat"), Seccomp.ERRNO, errno, List.of())));
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

  /** The very same text, which another compilation would have made anew. */
  @Test
  void aProfileIsCompiledOnce() throws Exception {
    String first = annotation(noMkdir(17));

    assertThat(annotation(noMkdir(17))).isSameAs(first);
    assertThat(annotation(noMkdir(16))).isNotEqualTo(first);
  }

  private String annotation(Seccomp profile) throws IOException {
    TestHost.Container plan = host.container("app", "true");
    plan.seccomp = profile;
    return SeccompAnnotation.apply(plan.spec()).annotations().get(SeccompAnnotation.NAME);
  }

  @Test
  void theFirstContainersOfAProfileCompileItOnceTogether() throws Exception {
    int count = 8;
    var here = new CyclicBarrier(count);
    var filters = new ArrayList<Future<String>>();
    try (var threads = Executors.newFixedThreadPool(count)) {
      for (int i = 0; i < count; i++) {
        filters.add(
            threads.submit(() -> {
              here.await();
              return annotation(noMkdir(15));
            }));
      }
    }
    String first = filters.getFirst().get();
    assertThat(first).isNotEmpty();
    for (Future<String> filter : filters) {
      assertThat(filter.get()).isSameAs(first);
    }
  }

  @Test
  void leavesASpecWithoutProfileAlone() throws Exception {
    RuntimeSpec spec = host.container("app", "true").spec();

    assertThat(SeccompAnnotation.apply(spec)).isSameAs(spec);
  }
}
