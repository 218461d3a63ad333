package dev.gantry.daemon.container;

import dev.gantry.daemon.rpc.CallFailure;
import java.util.List;
import java.util.Set;

/**
 * The options of mount(8) that a request may add to a mount: those that hold for one mount alone.
 * What is read-only and what propagates have fields of their own, and what is the file system's is
 * its owner's to set.
 */
final class MountOptions {
  private static final Set<String> ALLOWED =
      Set.of(
          "noexec",
          "exec",
          "nosuid",
          "suid",
          "nodev",
          "dev",
          "noatime",
          "atime",
          "nodiratime",
          "diratime",
          "relatime",
          "norelatime",
          "strictatime",
          "nostrictatime");

  private MountOptions() {}

  /** Refuses an option that is not of one mount alone. */
  static void check(String field, List<String> options) throws CallFailure {
    for (String option : options) {
      if (!ALLOWED.contains(option)) {
        throw CallFailure.invalid(
            field + ".mount_options: \"" + option + "\" is none of " + sorted());
      }
    }
  }

  private static List<String> sorted() {
    return ALLOWED.stream().sorted().toList();
  }
}
