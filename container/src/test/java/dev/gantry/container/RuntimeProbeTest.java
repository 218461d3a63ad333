package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is null fails the test
class RuntimeProbeTest {
  private Path dir;
  private String cgroupParent;
  private CgroupHost cgroups;

  @BeforeEach
  void begin() throws IOException {
    dir = Files.createTempDirectory("gcp");
    // As a daemon's directories are: a process of a user namespace gets through.
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx--x--x"));
    cgroups = CgroupHost.detect();
    cgroupParent = "/gcp-" + ProcessHandle.current().pid();
  }

  @AfterEach
  void leaveNothing() throws IOException {
    Cgroup.of(cgroups, cgroupParent).delete();
    Mounts.unmountUnder(dir);
    DeleteTree.delete(dir);
  }

  private RuntimeConfig config(String handler, Path binary) {
    return RuntimeConfig.of(
        handler, binary, TestHost.program("conmon"), dir.resolve("root-" + handler), dir);
  }

  private RuntimeProbe probe(CgroupHost host) {
    return new RuntimeProbe(host, dir.resolve("probe"), cgroupParent, true);
  }

  /** A runtime that fails as crun does on a hybrid host, and counts how often it was asked. */
  private Path refusing(String text) throws IOException {
    return script(
        "echo x >> "
            + dir
            + "/asked; if [ \"$2\" = --version ]; then echo crun version 1.8.1;"
            + " else echo '"
            + text
            + "' >&2; exit 1; fi");
  }

  private Path script(String body) throws IOException {
    Path file = Files.writeString(dir.resolve("runtime"), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc", "runsc"})
  void runsAContainerAndLeavesNothingOfIt(String handler) throws Exception {
    RuntimeConfig config = config(handler, TestHost.program(handler));
    // As /run is where an initramfs has mounted it.
    Mounts.tmpfs(Files.createDirectory(dir.resolve("probe")), 1 << 20, 0755);

    RuntimeInfo info = probe(cgroups).probe(config).working().orElseThrow();

    assertThat(info.name()).isEqualTo(handler);
    assertThat(info.version()).matches("\\d+\\.\\d+.*");
    boolean sandboxes = handler.equals("runsc");
    assertThat(info.features().fifoStart()).isEqualTo(!sandboxes);
    assertThat(info.features().compiledSeccomp()).isEqualTo(handler.equals("crun"));
    assertThat(info.features().userNamespaces()).isEqualTo(!sandboxes);
    assertThat(info.features().recursiveReadOnlyMounts()).isEqualTo(!sandboxes);
    assertThat(info.features().podSandbox()).isEqualTo(sandboxes);
    assertThat(config.root()).isEmptyDirectory();
    try (Stream<Path> left = Files.list(dir.resolve("probe"))) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("works-" + handler);
    }
  }

  @Test
  void userNamespacesAreOnlySaidToWorkWhereTheyDid() throws Exception {
    Path runtime =
        script(
            "case $2 in --version) echo runc version 9; exit;; esac;"
                + " if grep -q uidMappings "
                + dir
                + "/probe/probe-*/config.json; then exit 1; fi");

    RuntimeInfo info = probe(cgroups).probe(config("odd", runtime)).working().orElseThrow();
    RuntimeInfo again = probe(cgroups).probe(config("odd", runtime)).working().orElseThrow();

    assertThat(info.features().userNamespaces()).isFalse();
    assertThat(again).isEqualTo(info);
    RuntimeProbe untried = new RuntimeProbe(cgroups, dir.resolve("untried"), cgroupParent, false);
    RuntimeConfig runc = config("runc", TestHost.program("runc"));
    assertThat(untried.probe(runc).working().orElseThrow().features().userNamespaces()).isFalse();
  }

  @Test
  void remembersWhatWorks() throws Exception {
    Path runtime =
        script(
            "for a; do case $a in -*=*) ;; *) break ;; esac; done; echo $a >> "
                + dir
                + "/asked; if [ $a = --version ]; then echo runc version 9; fi");
    RuntimeConfig config = config("odd", runtime);

    ProbeResult first = probe(cgroups).probe(config);
    ProbeResult second = probe(cgroups).probe(config);

    assertThat(second).isEqualTo(first);
    assertThat(first.working().orElseThrow().version()).isEqualTo("9");
    assertThat(dir.resolve("asked")).hasContent("--version\nfeatures\nrun\nrun");
    Files.writeString(runtime, Files.readString(runtime) + "# newer\n");
    probe(cgroups).probe(config);
    assertThat(dir.resolve("asked")).hasContent("--version\nfeatures\nrun\nrun\n".repeat(2));
  }

  @Test
  void takesTheFirstThatWorksAndSaysWhatIsWrongWithTheOthers() throws Exception {
    RuntimeConfig missing = config("none", Path.of("/no/such/runtime"));
    RuntimeConfig broken = config("broken", refusing("something is wrong"));
    RuntimeConfig works = config("runc", TestHost.program("runc"));

    List<ProbeResult> results =
        probe(cgroups).untilOneWorks(List.of(missing, broken, works, missing));

    assertThat(results).extracting(ProbeResult::handler).containsExactly("none", "broken", "runc");
    assertThat(results.get(0).problem()).contains("/no/such/runtime", "no such program");
    assertThat(results.get(1).problem()).contains("something is wrong");
    assertThat(results.get(2).working()).isPresent();
    // What did not work is tried anew.
    long asked = Files.size(dir.resolve("asked"));
    probe(cgroups).probe(broken);
    assertThat(dir.resolve("asked")).hasSize(2 * asked);
  }

  @Test
  void explainsWhyCrunRefusesAHybridHostAndHowToCureIt() throws Exception {
    CgroupHost hybrid =
        new CgroupHost(
            CgroupMode.HYBRID, cgroups.v1(), Path.of("/sys/fs/cgroup/unified"), List.of("hugetlb"));
    RuntimeConfig crun = config("crun", refusing("cgroups in hybrid mode not supported"));

    String problem = probe(hybrid).probe(crun).problem();

    assertThat(problem)
        .contains("cgroups in hybrid mode not supported")
        .contains("mount -t cgroup -o hugetlb cgroup /sys/fs/cgroup/hugetlb");
  }

  /** Says in its {@code features} what the runtime itself would not do. */
  @Test
  void whatARuntimeSaysOfItselfIsNotTried() throws Exception {
    Path runtime =
        script(
            "case \" $* \" in *' features '*) echo '{\"mountOptions\": [\"ro\"]}' ;;"
                + " *) exec runc \"$@\" ;; esac");

    RuntimeInfo info = probe(cgroups).probe(config("told", runtime)).working().orElseThrow();

    assertThat(info.features().recursiveReadOnlyMounts()).isFalse();
  }

  @Test
  void whatARuntimeSaysOfItselfIsNothingOnAKernelThatCannot() throws Exception {
    Path runtime =
        script(
            "case \" $* \" in *' features '*) echo '{\"mountOptions\": [\"rro\"]}' ;;"
                + " *) exec runc \"$@\" ;; esac");
    RuntimeConfig config = config("told", runtime);
    RuntimeProbe old = new RuntimeProbe(cgroups, dir.resolve("old"), cgroupParent, false, false);

    ProbeResult there = old.probe(config);

    assertThat(there.working().orElseThrow().features().recursiveReadOnlyMounts()).isFalse();
    assertThat(
            probe(cgroups)
                .probe(config)
                .working()
                .orElseThrow()
                .features()
                .recursiveReadOnlyMounts())
        .isEqualTo(Mounts.knowsRecursiveReadOnly());
  }

  /** Knows the option and does not do what it says. */
  @Test
  void aMountThatIsNotReadOnlyBelowIsSeen() throws Exception {
    Path runtime =
        script(
            "case \" $* \" in *' features '*) exit 1 ;;"
                + " *' run '*) for a; do b=$c c=$a; [ \"$b\" = --bundle ] &&"
                + " sed -i s/rro/ro/ \"$a\"/config.json; done ;; esac; exec runc \"$@\"");

    RuntimeInfo info = probe(cgroups).probe(config("odd", runtime)).working().orElseThrow();

    assertThat(info.features().recursiveReadOnlyMounts()).isFalse();
  }
}
