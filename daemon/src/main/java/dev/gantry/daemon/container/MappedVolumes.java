package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.pod.SandboxIds;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.mount.IdMappedMount;
import dev.gantry.linux.mount.Propagation;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Mounts of the request with mapped ids. They are mounted here, in the bundle, and the OCI runtime
 * binds that: so it need not know of id-mapped mounts, which those of Debian 12 do not. The kubelet
 * says the pod's ids of every mount, those of images too, which {@link ImageVolumes} makes with
 * them.
 */
final class MappedVolumes {
  private MappedVolumes() {}

  /** Whether the mount asks for it. */
  static boolean asked(Mount mount) {
    return mount.getUidMappingsCount() + mount.getGidMappingsCount() > 0;
  }

  /**
   * Checks what the request says of it.
   *
   * @param pod the ids of the pod's user namespace
   */
  static void check(String field, Mount mount, @Nullable IdMappings pod) throws CallFailure {
    if (!asked(mount)) {
      return;
    }
    if (mount.getUidMappingsCount() == 0 || mount.getGidMappingsCount() == 0) {
      throw CallFailure.invalid(field + ".uidMappings and .gidMappings go together");
    }
    if (mount.getPropagation() == MountPropagation.PROPAGATION_BIDIRECTIONAL) {
      throw CallFailure.invalid(
          field + ".propagation: mounts cannot come out of an id-mapped mount");
    }
    IdMappings ids;
    try {
      ids = ids(mount);
    } catch (IllegalArgumentException e) {
      throw CallFailure.invalid(field + ".uidMappings: " + e.getMessage());
    }
    if (mount.hasImage() && !ids.equals(pod)) {
      throw CallFailure.invalid(
          field + ".uidMappings: an image volume has the ids of its pod; leave them out");
    }
  }

  private static IdMappings ids(Mount mount) {
    return new IdMappings(
        SandboxIds.runs(mount.getUidMappingsList()), SandboxIds.runs(mount.getGidMappingsList()));
  }

  /**
   * Mounts the source with its ids mapped.
   *
   * @param bind the mount with its source resolved
   * @param pod the pod's user namespace, which most often has the very same ids
   * @param target where, a path that does not exist
   * @throws CallFailure when the file system of the source cannot do it
   */
  static BindMount make(Mount mount, BindMount bind, @Nullable UserMapping pod, Path target)
      throws IOException, CallFailure {
    Files.createDirectories(target.getParent());
    if (Files.isDirectory(bind.source())) {
      Files.createDirectory(target);
    } else {
      Files.createFile(target);
    }
    IdMappings ids = ids(mount);
    try {
      if (pod != null && pod.ids().equals(ids)) {
        bind(bind, target, pod.pin());
      } else {
        bindWithOwnIds(bind, target, ids);
      }
    } catch (LinuxException e) {
      throw new CallFailure(
          Status.Code.FAILED_PRECONDITION,
          "mounts[" + mount.getContainerPath() + "].uidMappings: " + e.getMessage(),
          e);
    }
    return bind.withSource(target);
  }

  private static void bindWithOwnIds(BindMount bind, Path target, IdMappings ids)
      throws IOException {
    Path pin = target.resolveSibling(target.getFileName() + ".user");
    PodNamespaces.pin(
        new PodNamespaces.PinRequest(Map.of(NamespaceType.USER, pin), ids, null, Map.of(), false));
    try {
      bind(bind, target, pin);
    } finally {
      PodNamespaces.unpin(pin);
    }
  }

  private static void bind(BindMount bind, Path target, Path userNamespace) throws IOException {
    Propagation propagation =
        bind.propagation() == MountPropagation.PROPAGATION_HOST_TO_CONTAINER
            ? Propagation.SLAVE
            : Propagation.PRIVATE;
    IdMappedMount.bind(bind.source(), target, userNamespace, true, propagation);
  }
}
