package dev.gantry.agent.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Directories that pods share, with the host or among themselves, and what is mounted of them. */
final class VolumesTest extends VolumeFixture {
  @Test
  void anEmptyDirIsForEverybodyAndKeepsWhatIsInIt() throws Exception {
    Pod pod = pod("emptyDir: {}", "", "");
    Path path = setUp(pod);
    assertThat(mode(path)).isEqualTo(0777);
    Files.writeString(path.resolve("x"), "kept");
    assertThat(setUp(pod)).isEqualTo(path);
    assertThat(path.resolve("x")).hasContent("kept");
    assertThat(volumes.podUids()).containsExactly(UID);
  }

  @Test
  void anEmptyDirBelongsToThePodsGroup() throws Exception {
    Path path = setUp(pod("emptyDir: {}", "", "securityContext: {fsGroup: 2000}"));
    assertThat(Files.getAttribute(path, "unix:gid")).isEqualTo(2000);
    assertThat(mode(path)).isEqualTo(02777);
  }

  @Test
  void memoryIsATmpfsOfItsLimitInWhichProgramsRun() throws Exception {
    Path path = setUp(pod("emptyDir: {medium: Memory, sizeLimit: 1Mi}", "", ""));
    MountTable.Entry mount = MountTable.at(path).orElseThrow();
    assertThat(mount.fsType()).isEqualTo("tmpfs");
    assertThatThrownBy(() -> Files.write(path.resolve("big"), new byte[2 << 20]))
        .isInstanceOf(IOException.class);
    Files.delete(path.resolve("big"));
    Path program = path.resolve("program");
    Files.writeString(program, "#!/bin/sh\nexit 7\n");
    AtomicWriter.setMode(program, 0755);
    assertThat(new ProcessBuilder(program.toString()).start().waitFor()).isEqualTo(7);
  }

  @Test
  void aSubPathIsMadeAndPinned() throws Exception {
    Pod pod = pod("emptyDir: {}", ", subPathExpr: logs/$(NAME)", "");
    Mount mount = mounts(pod).getFirst();
    Path made = setUp(pod).resolve("logs/made");
    assertThat(mode(made)).isEqualTo(0777);
    Files.writeString(made.resolve("x"), "1");
    assertThat(Path.of(mount.getHostPath()).resolve("x")).hasContent("1");
    assertThat(mounts(pod).getFirst()).isEqualTo(mount);
    assertThat(MountTable.under(Path.of(mount.getHostPath()))).hasSize(1);
  }

  @Test
  void aSubPathOfAConfigMapIsOneFile() throws Exception {
    config("c", "{app.conf: hello}");
    Mount mount = mounts(pod("configMap: {name: c}", ", subPath: app.conf", "")).getFirst();
    assertThat(Path.of(mount.getHostPath())).isRegularFile().hasContent("hello");
    assertThat(mount.getReadonly()).isTrue();
  }

  /** Whatever links a container leaves in its volume, what is mounted is in the volume. */
  @Test
  void noLinkLeadsASubPathOutOfItsVolume() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside/deep"));
    Files.writeString(directory.resolve("outside/secret"), "root only");
    Random random = new Random(9);
    String[] targets = {
      "/",
      "..",
      "../..",
      "/etc",
      outside.toString(),
      "a",
      "b",
      "../a",
      "./c",
      "a/../..",
      "/proc/self/root",
      "/proc/1/root",
      "b/c",
      ".",
      "../../../../../../../../etc"
    };
    String[] names = {"a", "b", "c"};
    int refused = 0;
    int mounted = 0;
    for (int round = 0; round < 60; round++) {
      Pod plain = pod("emptyDir: {}", "", "");
      Path volume = setUp(plain);
      for (String name : names) {
        Path path = volume.resolve(name);
        if (random.nextInt(3) == 0) {
          Files.createDirectory(path);
        } else {
          Files.createSymbolicLink(path, Path.of(targets[random.nextInt(targets.length)]));
        }
      }
      String subPath = names[random.nextInt(3)] + "/" + names[random.nextInt(3)] + "/" + "new";
      Files.writeString(volume.resolve("mark"), "in");
      try {
        Mount mount = mounts(pod("emptyDir: {}", ", subPath: " + subPath, "")).getFirst();
        long device = At.stat(At.CWD, volume.toString(), false).dev();
        Path pinned = Path.of(mount.getHostPath());
        assertThat(At.stat(At.CWD, pinned.toString(), false).dev()).isEqualTo(device);
        Path probe = pinned.resolve("probe");
        Files.writeString(probe, "x");
        try (var all = Files.walk(volume)) {
          assertThat(all.filter(path -> path.endsWith("probe"))).isNotEmpty();
        }
        mounted++;
      } catch (ContainerConfigException e) {
        assertThat(e).hasMessageStartingWith("failed to prepare subPath for volumeMount \"v\"");
        refused++;
      }
      volumes.tearDown(UID);
    }
    assertThat(refused).isPositive();
    assertThat(mounted).isPositive();
    assertThat(directory.resolve("outside/secret")).hasContent("root only");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aHostPathIsWhatItHasToBeAndOutlivesThePod() throws Exception {
    Path host = directory.resolve("host/data");
    Pod pod = pod("hostPath: {path: " + host + ", type: DirectoryOrCreate}", ", subPath: s", "");
    mounts(pod);
    Files.writeString(host.resolve("s/file"), "mine");
    volumes.tearDown(UID);
    assertThat(host.resolve("s/file")).hasContent("mine");
    for (String type : List.of("File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice")) {
      assertThatThrownBy(
              () -> setUp(pod("hostPath: {path: " + host + ", type: " + type + "}", "", "")))
          .isInstanceOf(VolumeException.class)
          .hasMessageContaining("hostPath type check failed: " + host + " is not a ");
    }
    assertThatThrownBy(
            () -> setUp(pod("hostPath: {path: " + directory + "/no, type: Directory}", "", "")))
        .hasMessageContaining("is not a directory");
    assertThat(setUp(pod("hostPath: {path: /dev/null, type: CharDevice}", "", "")))
        .isEqualTo(Path.of("/dev/null"));
    setUp(pod("hostPath: {path: " + directory + "/f, type: FileOrCreate}", "", ""));
    assertThat(directory.resolve("f")).isRegularFile();
  }

  @Test
  void everyContainerGetsHostsAndAPlaceForItsLastWords() throws Exception {
    List<Mount> mounts =
        mounts(
            pod(
                "emptyDir: {}",
                "",
                "hostname: h\nsubdomain: s\nhostAliases: [{ip: 10.1.1.1, hostnames: [x, z]}]"));
    assertThat(mounts.stream().map(Mount::getContainerPath))
        .containsExactly("/v", "/etc/hosts", "/dev/termination-log");
    assertThat(Path.of(mounts.get(1).getHostPath()))
        .hasContent(
            """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters
            10.0.0.7\th.s.default.svc.cluster.local\th

            # Entries added by HostAliases.
            10.1.1.1\tx\tz
            """);
    assertThat(mode(Path.of(mounts.get(2).getHostPath()))).isEqualTo(0666);
  }
}
