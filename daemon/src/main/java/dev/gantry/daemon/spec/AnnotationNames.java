package dev.gantry.daemon.spec;

import java.util.List;

/**
 * Which annotations may reach an OCI runtime. Some make it write files of the host or drop the
 * seccomp profile, so that those names are Gantry's alone, whatever a configuration says.
 */
public final class AnnotationNames {
  private static final List<String> RESERVED = List.of("run.oci.", "org.systemd.property.");

  private AnnotationNames() {}

  /** Whether only Gantry may set annotations of that name or pattern. */
  public static boolean reserved(String name) {
    return RESERVED.stream().anyMatch(name::startsWith);
  }

  /** Whether one of the names, or of the beginnings that end in {@code *}, allows {@code name}. */
  static boolean allowed(String name, List<String> allowed) {
    return !reserved(name) && allowed.stream().anyMatch(pattern -> matches(pattern, name));
  }

  private static boolean matches(String pattern, String name) {
    return pattern.endsWith("*")
        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
        : name.equals(pattern);
  }
}
