package dev.gantry.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Boot;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.mount.Mounts.OverlayMount;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MountsTest {
  private static final long MIB = 1 << 20;

  @TempDir Path dir;
  private Path target;

  @BeforeEach
  void mountFileSystemOfOurOwn() throws IOException {
    // The upper directory must not be on an overlay, which a temporary directory in a container is.
    Mounts.tmpfs(dir, 64 * MIB, 0755);
    target = Files.createDirectory(dir.resolve("merged"));
  }

  @AfterEach
  void unmountAll() throws IOException {
    Mounts.unmountUnder(dir);
    assertThat(MountTable.under(dir)).isEmpty();
  }

  private Path made(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  private OverlayMount overlay(List<Path> lowers, Map<String, String> options) throws IOException {
    return new OverlayMount(lowers, made("upper"), made("work"), target, options);
  }

  /** Layers beneath a root of 150 characters; each has a file of its own and one of all. */
  private List<Path> deepLayers(int count) throws IOException {
    Path root = made("r".repeat(150 - dir.toString().length() - 1));
    assertThat(root.toString()).hasSize(150);
    List<Path> lowers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path diff = Files.createDirectories(root.resolve("layers/" + "%064x".formatted(i) + "/diff"));
      Files.writeString(diff.resolve("own-" + i), "" + i);
      Files.writeString(diff.resolve("common"), "layer " + i);
      lowers.add(diff);
    }
    return lowers;
  }

  private void mount(boolean shortLinks, OverlayMount overlay) throws IOException {
    if (shortLinks) {
      Mounts.overlayByShortLinks(overlay);
    } else {
      Overlay.byContext(overlay);
    }
  }

  @Test
  void recursiveReadOnlyIsKnownFromLinux512() {
    assertThat(Mounts.knowsRecursiveReadOnly()).isEqualTo(Boot.kernelAtLeast(5, 12));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mounts127LayersUnderALongRoot(boolean shortLinks) throws IOException {
    List<Path> lowers = deepLayers(127);
    mount(shortLinks, overlay(lowers, Map.of()));
    assertThat(target.resolve("common")).hasContent("layer 0");
    for (int i = 0; i < 127; i++) {
      assertThat(target.resolve("own-" + i)).hasContent("" + i);
    }
    Files.writeString(target.resolve("common"), "changed");
    assertThat(dir.resolve("upper/common")).hasContent("changed");
    assertThat(lowers.getFirst().resolve("common")).hasContent("layer 0");
  }

  @Test
  void choosesTheWayThatWorks() throws IOException {
    Mounts.overlay(overlay(deepLayers(3), Map.of("volatile", "", "index", "off")));
    MountTable.Entry entry = MountTable.at(target).orElseThrow();
    assertThat(entry.fsType()).isEqualTo("overlay");
    assertThat(entry.source()).isEqualTo("overlay");
    assertThat(entry.superOptions()).contains("volatile").contains("lowerdir+=");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void takesPathsWithSpecialCharactersAndOver255Bytes(boolean shortLinks) throws IOException {
    Path odd = made("a:b,c=d e\\f");
    Files.writeString(odd.resolve("odd"), "1");
    Path far = made("x".repeat(200) + "/" + "y".repeat(200) + "/" + "z".repeat(200));
    Files.writeString(far.resolve("far"), "2");
    mount(shortLinks, overlay(List.of(odd, far), Map.of()));
    assertThat(target.resolve("odd")).hasContent("1");
    assertThat(target.resolve("far")).hasContent("2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mountsReadOnlyWithoutUpper(boolean shortLinks) throws IOException {
    mount(shortLinks, new OverlayMount(deepLayers(2), null, null, target, Map.of()));
    assertThat(target.resolve("common")).hasContent("layer 0");
    assertThatThrownBy(() -> At.mkdir(At.CWD, target.resolve("new").toString(), 0755))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EROFS));
  }

  @Test
  void saysWhatTheOverlayDislikes() throws IOException {
    OverlayMount wrong = overlay(deepLayers(1), Map.of("gantry_no_such_option", "1"));
    assertThatThrownBy(() -> Mounts.overlay(wrong))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("mount overlay on " + target + ": EINVAL")
        .hasMessageContaining("gantry_no_such_option");
    OverlayMount absent = overlay(List.of(dir.resolve("absent")), Map.of());
    assertThatThrownBy(() -> Mounts.overlay(absent))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertThat(MountTable.at(target)).isEmpty();
  }

  @Test
  void refusesAnOverlayThatCannotBe() {
    assertThatThrownBy(() -> new OverlayMount(List.of(), null, null, target, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new OverlayMount(List.of(dir), dir, null, target, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unmountsIdempotently() throws IOException {
    assertThat(Mounts.unmount(target)).isFalse();
    assertThat(Mounts.unmount(dir.resolve("absent"))).isFalse();
    assertThat(Mounts.unmount(Files.createFile(dir.resolve("file")).resolve("below"))).isFalse();
    Mounts.tmpfs(target, MIB, 0755);
    Mounts.tmpfs(target, MIB, 0755);
    Mounts.bind(target, target, false);
    try (var inUse = Files.newOutputStream(target.resolve("in-use"))) {
      inUse.write(1);
      assertThat(Mounts.unmount(target)).isTrue();
      assertThat(MountTable.at(target)).isEmpty();
      assertThat(Mounts.unmount(target)).isFalse();
    }
  }

  @Test
  void unmountFollowsNoLink() throws IOException {
    Mounts.tmpfs(target, MIB, 0755);
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    Mounts.unmount(link);
    assertThat(MountTable.at(target)).isPresent();
  }

  @Test
  void bindsFilesAndTreesAndMakesThemReadOnly() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "text");
    Path onto = Files.createFile(dir.resolve("onto"));
    Mounts.bind(file, onto, false);
    assertThat(onto).hasContent("text");
    Mounts.remountReadOnly(onto);
    assertThat(MountTable.at(onto).orElseThrow().readOnly()).isTrue();
    assertThatThrownBy(() -> Files.writeString(onto, "x")).isInstanceOf(IOException.class);
    Files.writeString(file, "still writable here");

    Path tree = made("tree");
    Path inner = made("tree/inner");
    Mounts.tmpfs(inner, MIB, 0755);
    Files.writeString(inner.resolve("in"), "in");
    Mounts.bind(tree, target, true);
    assertThat(target.resolve("inner/in")).hasContent("in");
    assertThat(MountTable.under(target))
        .extracting(MountTable.Entry::target)
        .containsExactly(target.resolve("inner"), target);
  }

  @Test
  void tmpfsHasItsSizeAndMode() throws IOException {
    Mounts.tmpfs(target, 2 * MIB, 01777);
    assertThat(DiskUsage.statfs(target).totalBytes()).isEqualTo(2 * MIB);
    assertThat(DiskUsage.statfs(target).type()).isEqualTo(0x01021994L);
    assertThat(At.stat(At.CWD, target.toString(), true).permissions()).isEqualTo(01777);
    assertThat(MountTable.at(target).orElseThrow().options()).contains("nosuid,nodev,noexec");
  }

  @Test
  void mountsBelowAnIdMappedOneComeAlong() throws IOException {
    Path tree = made("tree");
    Mounts.tmpfs(tree, MIB, 0755);
    Mounts.propagation(tree, Propagation.SHARED, false);
    Path user = dir.resolve("user");
    List<IdMappings.Run> run = List.of(new IdMappings.Run(0, 1_000_000, 65_536));
    PodNamespaces.pin(
        new PodNamespaces.PinRequest(
            Map.of(NamespaceType.USER, user), new IdMappings(run, run), null, Map.of(), false));
    Path inner = made("tree/inner");
    Mounts.tmpfs(inner, MIB, 0755);
    IdMappedMount.bind(tree, target, user, true, Propagation.SLAVE);
    assertThat(owners()).containsExactly(1_000_000, 1_000_000);

    // One that cannot be mapped, because of its file system or because it is mapped already.
    Mounts.unmount(target);
    Mounts.bind(Path.of("/proc"), made("tree/proc"), false);
    IdMappedMount.bind(tree, target, user, true, Propagation.SLAVE);
    assertThat(owners()).containsExactly(1_000_000, 0);
    assertThat(MountTable.under(target))
        .hasSize(3)
        .allMatch(entry -> entry.propagation() == Propagation.SLAVE);
    Mounts.unmount(target);
    Mounts.unmount(tree.resolve("proc"));
    Mounts.unmount(inner);
    IdMappedMount.bind(made("mapped"), inner, user, false, Propagation.PRIVATE);
    IdMappedMount.bind(tree, target, user, true, Propagation.PRIVATE);
    assertThat(owners()).containsExactly(1_000_000, 1_000_000);
    assertThatThrownBy(() -> IdMappedMount.bind(inner, made("no"), user, true, Propagation.PRIVATE))
        .hasMessageContaining("map the ids of " + inner + ": EPERM")
        .hasMessageContaining("of tmpfs: not every file system can do it");
  }

  /** Of the target and the mount in it. */
  private List<Integer> owners() throws IOException {
    return List.of(
        At.stat(At.CWD, target.toString(), true).uid(),
        At.stat(At.CWD, target.resolve("inner").toString(), true).uid());
  }

  @Test
  void setsPropagation() throws IOException {
    Mounts.tmpfs(target, MIB, 0755);
    for (Propagation propagation :
        List.of(Propagation.SHARED, Propagation.PRIVATE, Propagation.UNBINDABLE)) {
      Mounts.propagation(target, propagation, false);
      assertThat(MountTable.at(target).orElseThrow().propagation()).isEqualTo(propagation);
    }
    Mounts.propagation(target, Propagation.SHARED, true);
    Path peer = made("peer");
    Mounts.bind(target, peer, false);
    Mounts.propagation(peer, Propagation.SLAVE, true);
    assertThat(MountTable.at(peer).orElseThrow().propagation()).isEqualTo(Propagation.SLAVE);
  }

  @Test
  void tableReadsOddNames() throws IOException {
    Path odd = made("with space\tand\\tab");
    Mounts.tmpfs(odd, MIB, 0755);
    assertThat(MountTable.at(odd)).isPresent();
    assertThat(MountTable.containing(odd.resolve("not/there")).orElseThrow().target())
        .isEqualTo(odd);
    assertThat(MountTable.containing(Path.of("/")).orElseThrow().mountPoint()).isEqualTo("/");
    assertThat(Files.exists(odd, LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(MountTable.read()).hasSizeGreaterThan(3);
  }

  /** Mounts are listed by age, and an old one may be moved onto a younger one. */
  @Test
  void theMountOfAPlaceIsTheUppermost() throws Exception {
    Mounts.propagation(dir, Propagation.PRIVATE, false);
    Path old = made("old");
    Mounts.tmpfs(old, 2 * MIB, 0755);
    Mounts.tmpfs(target, MIB, 0755);
    assertThat(new ProcessBuilder("mount", "--move", "" + old, "" + target).start().waitFor())
        .isZero();
    assertThat(DiskUsage.statfs(target).totalBytes()).isEqualTo(2 * MIB);
    assertThat(MountTable.at(target).orElseThrow().superOptions()).contains("size=2048k");
    assertThat(MountTable.containing(target.resolve("below")))
        .isEqualTo(MountTable.at(target))
        .isPresent();
  }

  @Test
  void tableKeepsItsOrderForRoot() throws IOException {
    assertThat(MountTable.under(Path.of("/")).getLast().mountPoint()).isEqualTo("/");
  }
}
