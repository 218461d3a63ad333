package dev.gantry.daemon.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.daemon.container.Selinux.Labels;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.Xattr;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is chosen on a host with SELinux, which the kernels tested on are not: its files are stood
 * in for.
 */
class SelinuxTest {
  @TempDir Path dir;
  private Selinux host;

  @BeforeEach
  void hostWithSelinux() throws Exception {
    Files.writeString(Files.createDirectory(dir.resolve("fs")).resolve("enforce"), "1");
    Files.createFile(dir.resolve("fs/context"));
    Path policy = Files.createDirectory(dir.resolve("etc"));
    Files.writeString(policy.resolve("config"), "# which\nSELINUX=enforcing\nSELINUXTYPE=mine\n");
    Path contexts = Files.createDirectories(policy.resolve("mine/contexts"));
    Files.writeString(
        contexts.resolve("lxc_contexts"),
        """
        process = "system_u:system_r:container_t:s0"
        content = "system_u:object_r:virt_var_lib_t:s0"
        file = "system_u:object_r:container_file_t:s0"
        """);
    host = new Selinux(dir.resolve("fs"), policy);
  }

  private static ContainerOptions container(
      SELinuxOption pod, UnaryOperator<LinuxContainerSecurityContext.Builder> edit)
      throws CallFailure {
    var sandbox =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("p"))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setPrivileged(true)
                            .setSelinuxOptions(pod)))
            .build();
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("c"))
            .setImage(ImageSpec.newBuilder().setImage("i"))
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setSecurityContext(edit.apply(LinuxContainerSecurityContext.newBuilder())))
            .build();
    return ContainerOptions.check(container, SandboxOptions.check(sandbox));
  }

  private static ContainerOptions plain() throws CallFailure {
    return container(SELinuxOption.getDefaultInstance(), s -> s);
  }

  @Test
  void aPodHasCategoriesOfItsOwn() throws Exception {
    Labels one = Objects.requireNonNull(host.labels("pod-1", plain()));
    assertThat(one.process()).matches("system_u:system_r:container_t:s0:c\\d+,c\\d+");
    assertThat(one.files()).matches("system_u:object_r:container_file_t:s0:c\\d+,c\\d+");
    assertThat(host.labels("pod-1", plain())).isEqualTo(one);
    assertThat(host.labels("pod-2", plain())).isNotEqualTo(one);
  }

  @Test
  void whatIsAskedForWins() throws Exception {
    var pod = SELinuxOption.newBuilder().setType("pod_t").setLevel("s0:c1,c2").build();
    assertThat(host.labels("p", container(pod, s -> s)))
        .isEqualTo(
            new Labels(
                "system_u:system_r:pod_t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2"));
    var own =
        SELinuxOption.newBuilder().setUser("u").setRole("r").setType("t").setLevel("s3").build();
    assertThat(host.labels("p", container(pod, s -> s.setSelinuxOptions(own))))
        .isEqualTo(new Labels("u:r:t:s3", "system_u:object_r:container_file_t:s3"));
  }

  @Test
  void anEmptyMessageAsksForNothing() throws Exception {
    var none = SELinuxOption.getDefaultInstance();
    var pod = SELinuxOption.newBuilder().setType("pod_t").setLevel("s0:c1,c2").build();
    assertThat(host.labels("p", container(pod, s -> s.setSelinuxOptions(none))))
        .isEqualTo(host.labels("p", container(pod, s -> s)));
    assertThat(host.labels("p", container(pod, s -> s.setPrivileged(true).setSelinuxOptions(none))))
        .isNull();
  }

  @Test
  void privilegedContainersAndOtherHostsHaveNone() throws Exception {
    var none = SELinuxOption.getDefaultInstance();
    assertThat(host.labels("p", container(none, s -> s.setPrivileged(true)))).isNull();
    Selinux without = new Selinux(dir.resolve("nothing"), dir.resolve("etc"));
    assertThat(without.labels("p", plain())).isNull();
  }

  @Test
  void aHostWithoutContextsOfContainersSaysWhatIsMissing() {
    Selinux bare = new Selinux(dir.resolve("fs"), dir.resolve("none"));
    assertThatThrownBy(() -> bare.labels("p", plain()))
        .hasMessageContaining("install the package container-selinux");
  }

  /** As the kernel refuses one that its policy has not. */
  @Test
  void aContextThatThePolicyHasNotIsNamed() throws Exception {
    Files.delete(dir.resolve("fs/context"));
    Files.createSymbolicLink(dir.resolve("fs/context"), Path.of("/dev/full"));
    var pod = SELinuxOption.newBuilder().setType("pod_t").setLevel("s0:c1,c2").build();
    assertThatThrownBy(() -> host.labels("p", container(pod, s -> s)))
        .hasMessageContaining("no context system_u:system_r:pod_t:s0:c1,c2");
  }

  @Test
  void theSpecificationHasThem() {
    RuntimeSpec spec =
        RuntimeSpec.builder()
            .process(Process.builder(List.of("x")).build())
            .linux(Linux.builder().build())
            .build();
    RuntimeSpec labelled = Selinux.apply(spec, new Labels("a:b:c:d", "e:f:g:h"));
    assertThat(Objects.requireNonNull(labelled.process()).selinuxLabel()).isEqualTo("a:b:c:d");
    assertThat(Objects.requireNonNull(labelled.linux()).mountLabel()).isEqualTo("e:f:g:h");
    assertThat(Selinux.apply(spec, null)).isEqualTo(spec);
  }

  @Test
  void volumesAreRelabelledWhereAskedButNotTheSystem() throws Exception {
    Path volume = Files.createDirectories(dir.resolve("volume/sub"));
    Path file = Files.writeString(volume.resolve("file"), "x");
    Files.createSymbolicLink(volume.resolve("link"), Path.of("/etc/passwd"));
    Path other = Files.createDirectory(dir.resolve("other"));
    Selinux.relabel(
        List.of(mount(dir.resolve("volume"), true), mount(other, false)),
        new Labels("p", "system_u:object_r:mine_t:s0"));
    for (Path labelled : new Path[] {volume, file}) {
      assertThat(context(labelled)).isEqualTo("system_u:object_r:mine_t:s0\0");
    }
    assertThat(context(other)).isNotEqualTo("system_u:object_r:mine_t:s0\0");
    Path system = Path.of("/usr");
    Selinux.relabel(List.of(mount(system, false)), new Labels("p", "f"));
    assertThatThrownBy(() -> Selinux.relabel(List.of(mount(system, true)), new Labels("p", "f")))
        .hasMessageContaining("selinux_relabel: /usr is the system's");
  }

  @Test
  void whatHasTheContextAlreadyIsNotTouched() throws Exception {
    Path volume = Files.createDirectory(dir.resolve("volume"));
    Files.writeString(volume.resolve("file"), "x");
    Selinux.relabel(List.of(mount(volume, true)), new Labels("p", "system_u:object_r:mine_t:s0"));
    Path readOnly = Files.createDirectory(dir.resolve("read-only"));
    Mounts.bind(volume, readOnly, false);
    try {
      Mounts.remountReadOnly(readOnly);
      List<Mount> again = List.of(mount(readOnly, true));
      Selinux.relabel(again, new Labels("p", "system_u:object_r:mine_t:s0"));
      assertThatThrownBy(() -> Selinux.relabel(again, new Labels("p", "system_u:other")))
          .hasMessageContaining("EROFS");
    } finally {
      Mounts.unmount(readOnly);
    }
  }

  @Test
  void whatVanishesMeanwhileNeedsNoContext() throws Exception {
    Selinux.label(dir.resolve("gone"), "f");
    Selinux.label(dir.resolve("gone/file"), "f");
    Path volume = Files.createDirectory(dir.resolve("volume"));
    var done = new AtomicBoolean();
    var changes =
        CompletableFuture.runAsync(() -> {
          while (!done.get()) {
            comeAndGo(volume);
          }
        });
    try {
      for (int i = 0; i < 2000; i++) {
        Selinux.relabel(List.of(mount(volume, true)), new Labels("p", "system_u:mine" + i));
      }
    } finally {
      done.set(true);
      changes.join();
    }
  }

  private static void comeAndGo(Path volume) {
    try {
      Path file = Files.createDirectory(volume.resolve("sub")).resolve("file");
      Files.delete(Files.createFile(file));
      Files.delete(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As on NFS. */
  @Test
  void whereNoContextsAreKeptNoneAreSet() {
    assertThatCode(() -> Selinux.label(Path.of("/proc/sys/kernel"), "f"))
        .doesNotThrowAnyException();
  }

  private static Mount mount(Path source, boolean relabel) {
    return Mount.newBuilder().setHostPath(source.toString()).setSelinuxRelabel(relabel).build();
  }

  private static String context(Path file) throws Exception {
    return Xattr.get(At.CWD, file.toString(), "security.selinux")
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .orElse("");
  }
}
