package dev.gantry.container;

import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.IdMappings.Run;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.oci.runtime.IdMapping;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The namespaces of a trial container with a user namespace, made and pinned as those of a pod are.
 */
final class ProbeNamespaces implements AutoCloseable {
  private static final Run IDS = new Run(0, 1_000_000_000, 65_536);
  private static final List<NamespaceType> TYPES =
      List.of(NamespaceType.USER, NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS);

  private final Map<NamespaceType, Path> pins = new EnumMap<>(NamespaceType.class);

  private ProbeNamespaces() {}

  /**
   * Pins them in files of a directory.
   *
   * @throws IOException when this host gives no user namespace
   */
  static ProbeNamespaces pin(Path dir) throws IOException {
    var namespaces = new ProbeNamespaces();
    TYPES.forEach(type -> namespaces.pins.put(type, dir.resolve(type.ociName())));
    var ids = new IdMappings(List.of(IDS), List.of(IDS));
    PodNamespaces.pin(new PinRequest(namespaces.pins, ids, null, Map.of(), true));
    return namespaces;
  }

  /** The same container in these namespaces. */
  Linux join(Linux linux) {
    List<Namespace> joined = new ArrayList<>();
    pins.forEach((type, pin) -> joined.add(new Namespace(type.ociName(), pin.toString())));
    joined.add(Namespace.fresh(Namespace.PID));
    joined.add(Namespace.fresh(Namespace.MOUNT));
    List<IdMapping> ids = List.of(new IdMapping(IDS.inside(), IDS.host(), IDS.length()));
    return linux.toBuilder().namespaces(joined).uidMappings(ids).gidMappings(ids).build();
  }

  /** Removes the pins in that directory, if there are any. */
  static void unpin(Path dir) throws IOException {
    for (NamespaceType type : TYPES) {
      PodNamespaces.unpin(dir.resolve(type.ociName()));
    }
  }

  @Override
  public void close() throws IOException {
    for (Path pin : pins.values()) {
      PodNamespaces.unpin(pin);
    }
  }
}
