package dev.gantry.daemon.pod;

import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.IdMappings.Run;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ids of a pod's user namespace, as the CRI has them: one run that begins at root. */
public final class SandboxIds {
  private static final String FIELD = "linux.security_context.namespace_options.userns_options";

  private SandboxIds() {}

  /** The ids that checked options ask for; null for the host's user namespace. */
  static @Nullable IdMappings of(NamespaceOption options) {
    UserNamespace asked = options.getUsernsOptions();
    return options.hasUsernsOptions() && asked.getMode() == NamespaceMode.POD
        ? new IdMappings(runs(asked.getUidsList()), runs(asked.getGidsList()))
        : null;
  }

  /** Id mappings of the CRI as those of a user namespace. */
  public static List<Run> runs(List<IDMapping> mappings) {
    return mappings.stream()
        .map(m ->
            new Run(
                Integer.toUnsignedLong(m.getContainerId()),
                Integer.toUnsignedLong(m.getHostId()),
                Integer.toUnsignedLong(m.getLength())))
        .toList();
  }

  /**
   * Refuses what the CRI or the kernel does not have.
   *
   * @throws CallFailure INVALID_ARGUMENT that names the field
   */
  static void check(NamespaceOption options) throws CallFailure {
    if (!options.hasUsernsOptions()) {
      return;
    }
    UserNamespace asked = options.getUsernsOptions();
    switch (asked.getMode()) {
      case POD -> checkPod(options, asked);
      case NODE -> {
        if (asked.getUidsCount() + asked.getGidsCount() > 0) {
          throw invalid(".uids: the node's user namespace (mode NODE) takes no mappings");
        }
      }
      case CONTAINER, TARGET, UNRECOGNIZED -> throw invalid(".mode is POD or NODE");
    }
  }

  private static void checkPod(NamespaceOption options, UserNamespace asked) throws CallFailure {
    if (asked.getUidsCount() != 1 || asked.getGidsCount() != 1) {
      throw invalid(".uids and .gids must be exactly one mapping each");
    }
    if (!asked.getUidsList().equals(asked.getGidsList())) {
      throw invalid(".gids must be the same mapping as .uids");
    }
    if (asked.getUids(0).getContainerId() != 0) {
      throw invalid(".uids: container_id 0 is not mapped; a container cannot do without root");
    }
    try {
      runs(asked.getUidsList());
    } catch (IllegalArgumentException e) {
      throw invalid(".uids: " + e.getMessage());
    }
    if (options.getIpc() == NamespaceMode.NODE || options.getPid() == NamespaceMode.NODE) {
      throw invalid(
          ": a pod with a user namespace cannot have the node's IPC or PID namespace, whose owner"
              + " is the node's root");
    }
  }

  private static CallFailure invalid(String what) {
    return CallFailure.invalid(FIELD + what);
  }
}
