package dev.gantry.oci.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** runc and crun are the judges of whether these records mean what they read. */
@ExtendWith(LeakCheck.class)
class RuntimesTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  void runAsTheRecordsSay(String runtime) throws Exception {
    String script =
        """
        id; hostname; ulimit -n; grep -E '^(CapBnd|CapInh|NoNewPrivs|Seccomp):' /proc/self/status
        cat /proc/sys/net/ipv4/ip_forward; cat /proc/self/oom_score_adj; umask; pwd; echo $A
        touch /x 2>&1; ls -ld /dev/extra; df /scratch | tail -n 1; cat /proc/keys | wc -c
        unshare -n true 2>&1; mount -t tmpfs none /tmp 2>&1; chroot / true && echo chrooted
        """;
    Process process =
        new Process(
            false,
            null,
            new User(33, 34, 027, List.of(34L, 4L)),
            List.of("sh", "-c", script),
            List.of("PATH=/bin", "A=b c"),
            "/var",
            Capabilities.of(DefaultCapabilities.NAMES),
            List.of(new Rlimit("RLIMIT_NOFILE", 2048, 1024), new Rlimit("RLIMIT_CORE", -1, -1)),
            true,
            null,
            500,
            null);
    Linux linux =
        new Linux(
            List.of(),
            List.of(),
            Map.of("net.ipv4.ip_forward", "1"),
            resources(),
            TestNames.cgroup(),
            List.of(
                Namespace.fresh(Namespace.PID),
                Namespace.fresh(Namespace.NETWORK),
                Namespace.fresh(Namespace.MOUNT),
                Namespace.fresh(Namespace.IPC),
                Namespace.fresh(Namespace.UTS)),
            List.of(new Device("/dev/extra", "c", 1, 5, 0640, 33L, 0L)),
            DefaultSeccomp.profile(Set.copyOf(DefaultCapabilities.NAMES), Platform.host().arch()),
            "rprivate",
            List.of("/proc/keys"),
            List.of("/proc/sys"),
            null);
    String output = run(runtime, spec(process, linux));
    assertThat(output.lines())
        .contains("uid=33(www-data) gid=34 groups=4(adm),34", "gantry", "1024", "0027", "/var")
        .contains("b c", "NoNewPrivs:\t1", "Seccomp:\t2", "CapInh:\t0000000000000000")
        .contains("CapBnd:\t00000000a80425fb", "1", "500", "0");
    assertThat(output)
        .contains("touch: /x: Read-only file system")
        .containsPattern("crw-r----- +1 www-data root +1, +5 .* /dev/extra")
        .containsPattern("tmpfs +1024 ")
        .contains("unshare: unshare(0x40000000): Operation not permitted")
        .contains("mount: permission denied")
        .doesNotContain("chrooted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  void filterAsALocalProfileSays(String runtime) throws Exception {
    Seccomp filter =
        SeccompProfile.parse(
                """
                {"defaultAction":"SCMP_ACT_ALLOW","archMap":[
                  {"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
                 "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38},
                   {"names":["chmod","fchmodat"],"action":"SCMP_ACT_ERRNO",
                    "includes":{"caps":["CAP_SYS_ADMIN"]}}]}
                """
                    .getBytes(StandardCharsets.UTF_8))
            .filter(Set.of(), "amd64", new KernelVersion(6, 1));
    String script = "mkdir /scratch/a; touch /scratch/b && chmod 600 /scratch/b; ls /scratch";
    Process process =
        Process.builder(List.of("sh", "-c", script))
            .env(List.of("PATH=/bin"))
            .capabilities(Capabilities.of(DefaultCapabilities.NAMES))
            .build();
    Linux linux =
        Linux.builder()
            .cgroupsPath(TestNames.cgroup())
            .namespaces(List.of(Namespace.fresh(Namespace.PID), Namespace.fresh(Namespace.MOUNT)))
            .seccomp(filter)
            .build();
    RuntimeSpec spec =
        RuntimeSpec.builder()
            .process(process)
            .root(new Root("rootfs", true))
            .mounts(mounts())
            .linux(linux)
            .build();
    assertThat(spec.toBuilder().build()).isEqualTo(spec);
    assertThat(process.toBuilder().build()).isEqualTo(process);
    assertThat(linux.toBuilder().build()).isEqualTo(linux);
    assertThat(resources().toBuilder().build()).isEqualTo(resources());
    assertThat(run(runtime, spec))
        .isEqualTo("mkdir: can't create directory '/scratch/a': Function not implemented\nb\n");
  }

  private static LinuxResources resources() {
    return new LinuxResources(
        List.of(DeviceRule.DENY_ALL, new DeviceRule(true, "c", 1L, 5L, "rw")),
        Memory.limits(64L << 20, null),
        new Cpu(512L, 50_000L, null, 100_000L, null, null, "0", null, null),
        new Pids(64),
        null,
        List.of(new HugepageLimit("2MB", 0)),
        null,
        Map.of(),
        Map.of());
  }

  private static RuntimeSpec spec(Process process, Linux linux) {
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        process,
        new Root("rootfs", true),
        "gantry",
        mounts(),
        null,
        Map.of("dev.gantry.test", "x"),
        linux);
  }

  private static List<Mount> mounts() {
    return List.of(
        new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
        new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755", "size=65536k")),
        new Mount("/mnt", "tmpfs", "tmpfs", List.of()),
        new Mount("/scratch", "tmpfs", "tmpfs", List.of("size=1m")));
  }

  private String run(String runtime, RuntimeSpec spec) throws IOException, InterruptedException {
    Path bundle = dirs.dir("bundle");
    Path rootfs = Files.createDirectory(bundle.resolve("rootfs"));
    Path layer = Files.write(dirs.path("layer.tar"), TestImage.busybox().layers().getFirst().tar());
    command("tar", "-xpf", layer.toString(), "-C", rootfs.toString());
    Files.createDirectory(rootfs.resolve("scratch"));
    Files.write(bundle.resolve("config.json"), OciJson.toJson(spec));
    return command(
        runtime,
        "--root",
        dirs.state().toString(),
        "run",
        "--bundle",
        bundle.toString(),
        TestNames.word());
  }

  private String command(String... command) throws IOException, InterruptedException {
    Path output = dirs.path("output");
    java.lang.Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(command[0] + " hangs: " + Files.readString(output));
    }
    return Files.readString(output);
  }
}
