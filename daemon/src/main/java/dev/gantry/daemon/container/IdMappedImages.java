package dev.gantry.daemon.container;

import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.IdMappings.Run;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Whether the images of this node can be shown with other ids, found out by doing it once. */
public final class IdMappedImages {
  private static final String NAME = "id-mapping";
  private static final int HOST_ROOT = 1_000_000_000;
  private static final Run IDS = new Run(0, HOST_ROOT, 1);

  private IdMappedImages() {}

  /**
   * Whether this kernel makes user namespaces, and overlays of id-mapped layers from where the
   * images are.
   *
   * @param layers a directory of the images' file system
   * @param state a directory where mounts may be
   */
  public static boolean possible(Path layers, Path state) throws IOException {
    Path layer = layers.resolve(NAME);
    Path dir = state.resolve(NAME);
    try {
      remove(layer, dir); // of a daemon that was killed here
      Files.createDirectory(dir);
      Path one = Files.createDirectories(layer.resolve("1"));
      Path other = Files.createDirectories(layer.resolve("2"));
      return KernelStep.call("try id-mapped layers", () -> shown(List.of(one, other), dir));
    } catch (IOException | CallFailure e) {
      Event.info("no user namespaces for pods").because(e).log();
      return false;
    } finally {
      remove(layer, dir);
    }
  }

  private static void remove(Path layer, Path dir) throws IOException {
    KernelStep.delete(
        "remove " + dir,
        () -> {
          Mounts.unmount(root(dir));
          MappedLayers.undo(layers(dir));
          PodNamespaces.unpin(user(dir));
          DeleteTree.delete(dir);
          DeleteTree.delete(layer);
        });
  }

  private static Path root(Path dir) {
    return dir.resolve("root");
  }

  private static Path layers(Path dir) {
    return dir.resolve("layers");
  }

  private static Path user(Path dir) {
    return dir.resolve("user");
  }

  private static boolean shown(List<Path> layers, Path dir) throws IOException {
    IdMappings ids = new IdMappings(List.of(IDS), List.of(IDS));
    var user = new UserMapping(ids, user(dir));
    Path target = Files.createDirectory(root(dir));
    PodNamespaces.pin(
        new PinRequest(Map.of(NamespaceType.USER, user.pin()), ids, null, Map.of(), false));
    MappedLayers.use(
        layers,
        layers(dir),
        user,
        mapped -> Mounts.overlay(new Mounts.OverlayMount(mapped, null, null, target, Map.of())));
    return At.stat(At.CWD, target.toString(), true).uid() == HOST_ROOT;
  }
}
