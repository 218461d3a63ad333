package dev.gantry.daemon.pod;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.cgroup.CgroupHost;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a directory that stands for the hierarchy of version 2. */
class SandboxCgroupTest {
  private static final String ID = "1".repeat(64);
  private static final LinuxPodSandboxConfig LIMITED =
      LinuxPodSandboxConfig.newBuilder()
          .setResources(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(1 << 20))
          .build();

  @TempDir Path dir;
  private Path hierarchy;

  @BeforeEach
  void makeHierarchy() throws Exception {
    hierarchy = Files.createDirectory(dir.resolve("hierarchy"));
  }

  private SandboxCgroup cgroup(boolean systemd) throws Exception {
    var pods = new RecordStore<>("pod", dir.resolve("pods"), PodRecord.parser(), PodRecord::getId);
    return new SandboxCgroup(CgroupHost.v2At(hierarchy), "/gantry", systemd, pods);
  }

  private static PodRecord pod(SandboxCgroup cgroup, LinuxPodSandboxConfig linux) throws Exception {
    var config =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("one"))
            .setLinux(linux)
            .build();
    return PodRecord.newBuilder()
        .setId(ID)
        .setConfig(config)
        .setCgroupParent(cgroup.parentOf(ID, SandboxOptions.check(config)))
        .build();
  }

  @Test
  void aPodInASliceOfTheSystemsCannotBeLimited() throws Exception {
    SandboxCgroup cgroup = cgroup(true);
    PodRecord shared = pod(cgroup, LIMITED);
    assertThat(SandboxCgroup.isShared(shared)).isTrue();
    assertThatThrownBy(() -> cgroup.make(shared, false))
        .isInstanceOfSatisfying(
            CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.FAILED_PRECONDITION))
        .hasMessageContainingAll("linux.resources", "linux.overhead", "/system.slice")
        .hasMessageContaining("linux.cgroup_parent");
    assertThatThrownBy(() -> cgroup.limit(shared)).isInstanceOf(CallFailure.class);
    cgroup.make(pod(cgroup, LinuxPodSandboxConfig.getDefaultInstance()), false);
    // The scope of a sandbox is its own.
    cgroup.make(shared, true);
    assertThat(hierarchy).isEmptyDirectory();
  }

  @Test
  void aSliceThatTheRequestNamesIsItsOwnersToLimit() throws Exception {
    SandboxCgroup cgroup = cgroup(true);
    PodRecord named =
        pod(cgroup, LIMITED.toBuilder().setCgroupParent("kubepods-one.slice").build());
    assertThat(SandboxCgroup.isShared(named)).isFalse();
    cgroup.make(named, false);
    assertThat(hierarchy).isEmptyDirectory();
  }

  @Test
  void withSystemdAPodGoesWhereItsSliceIs() throws Exception {
    SandboxCgroup cgroup = cgroup(true);
    var named = LinuxPodSandboxConfig.newBuilder();
    String path = "/kubepods.slice/kubepods-pod1.slice";
    assertThat(pod(cgroup, named.setCgroupParent("kubepods-pod1.slice").build()).getCgroupParent())
        .isEqualTo(path);
    assertThat(pod(cgroup, named.setCgroupParent(path).build()).getCgroupParent()).isEqualTo(path);
    for (String wrong : List.of("/kubepods/pod1", "/other.slice/kubepods-pod1.slice")) {
      assertThatThrownBy(() -> pod(cgroup, named.setCgroupParent(wrong).build()))
          .isInstanceOf(CallFailure.class)
          .hasMessageContainingAll("linux.cgroup_parent", wrong, "cgroup_driver");
      assertThat(pod(cgroup(false), named.build()).getCgroupParent()).isEqualTo(wrong);
    }
  }

  /** Of what is left in a service that ends, systemd says that the service is deficient. */
  @Test
  void anInitIsNeitherInTheDaemonsServiceNorInASlice() throws Exception {
    Path records = Files.createDirectory(dir.resolve("pods"));
    var pods = new RecordStore<>("pod", records, PodRecord.parser(), PodRecord::getId);
    var cgroup = new SandboxCgroup(CgroupHost.v2At(hierarchy), "/gantry", true, pods);
    PodRecord record = pod(cgroup, LIMITED.toBuilder().setCgroupParent("pods-one.slice").build());
    Entry<PodRecord> entry = pods.create(ID, record);
    assertThat(cgroup.makeForInit(entry, true)).isNull();
    assertThat(requireNonNull(cgroup.makeForInit(entry, false)).path()).isEqualTo("/gantry/" + ID);
    assertThat(hierarchy.resolve("gantry/" + ID)).isDirectory();
    assertThat(entry.record().getCreatedCgroupsList()).containsExactly("/gantry/" + ID);
    cgroup.undo(entry.record());
    assertThat(hierarchy.resolve("gantry")).isEmptyDirectory();
    cgroup.makeForInit(entry, false);
    cgroup.undoStray(ID);
    assertThat(hierarchy.resolve("gantry")).isEmptyDirectory();
  }

  @Test
  void withCgroupfsEveryPodHasItsOwn() throws Exception {
    SandboxCgroup cgroup = cgroup(false);
    assertThat(SandboxCgroup.isShared(pod(cgroup, LIMITED))).isFalse();
  }
}
