package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The capabilities of a container that asks for none, and what asking changes.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
public final class DefaultCapabilities {
  /** What containers get in every runtime unless their pod says otherwise. */
  public static final List<String> NAMES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  /** Every capability, by its number in the kernel. */
  public static final List<String> ALL =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  private DefaultCapabilities() {}

  /**
   * Returns the set that a pod's {@code add} and {@code drop} make of the base, in the kernel's
   * order. Names go with or without {@code CAP_}, in any case; {@code ALL} means all of those in
   * {@code available}. Dropping wins over adding, except that {@code drop: ALL} keeps what is added
   * by name.
   *
   * @param available what the host can give: its own bounding set
   * @throws OciFormatException naming a capability that does not exist
   */
  public static List<String> adjust(
      List<String> base, List<String> add, List<String> drop, Set<String> available) {
    Set<String> added = names(add);
    Set<String> dropped = names(drop);
    Set<String> set = new LinkedHashSet<>(base);
    if (added.remove("ALL")) {
      set.addAll(available);
    }
    if (dropped.remove("ALL")) {
      set.clear();
    }
    set.addAll(added);
    set.removeAll(dropped);
    List<String> sorted = new ArrayList<>(ALL);
    sorted.retainAll(set);
    return List.copyOf(sorted);
  }

  private static Set<String> names(List<String> given) {
    Set<String> names = new LinkedHashSet<>();
    for (String each : given) {
      String name = each.toUpperCase(Locale.ROOT);
      if (!name.equals("ALL") && !name.startsWith("CAP_")) {
        name = "CAP_" + name;
      }
      if (!name.equals("ALL") && !ALL.contains(name)) {
        throw new OciFormatException("there is no capability \"" + each + "\"");
      }
      names.add(name);
    }
    return names;
  }
}
