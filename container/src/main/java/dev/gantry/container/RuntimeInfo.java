package dev.gantry.container;

import java.nio.file.Path;

/**
 * What is known of a handler's OCI runtime.
 *
 * @param handler the CRI's name for it
 * @param name the program's own name, such as {@code crun}
 * @param version its version, such as {@code 1.8.1}
 * @param binary where it is
 * @param flavor which program it is
 * @param features what it can do
 */
public record RuntimeInfo(
    String handler,
    String name,
    String version,
    Path binary,
    RuntimeFlavor flavor,
    Features features) {

  /**
   * What a runtime can do.
   *
   * @param fifoStart whether a container is started without a process of the runtime
   * @param compiledSeccomp whether it takes a filter that is compiled already
   * @param recursiveReadOnlyMounts whether a bind mount can be read-only with all below it
   * @param userNamespaces whether it has run a container in a user namespace here
   * @param podSandbox whether the containers of a pod share a sandbox that is made before them
   */
  public record Features(
      boolean fifoStart,
      boolean compiledSeccomp,
      boolean recursiveReadOnlyMounts,
      boolean userNamespaces,
      boolean podSandbox) {}

  /** Of a program that is not there: it can only have what it left ended and removed. */
  public static RuntimeInfo gone(String handler, Path binary) {
    return new RuntimeInfo(
        handler,
        binary.getFileName().toString(),
        "",
        binary,
        RuntimeFlavor.OTHER,
        new Features(false, false, false, false, false));
  }

  /**
   * From the output of {@code <runtime> --version}.
   *
   * @param recursiveReadOnly as {@link RuntimeProbe} found out
   * @param userNamespaces the same
   */
  static RuntimeInfo of(
      RuntimeConfig config, String versionText, boolean recursiveReadOnly, boolean userNamespaces) {
    RuntimeFlavor flavor = RuntimeFlavor.ofVersionText(versionText);
    String first = versionText.lines().findFirst().orElse("").strip();
    int split = first.indexOf(" version ");
    String name = split > 0 ? first.substring(0, split) : config.binary().getFileName().toString();
    String version = split > 0 ? first.substring(split + 9) : first;
    Features features =
        new Features(
            flavor == RuntimeFlavor.CRUN || flavor == RuntimeFlavor.RUNC,
            flavor == RuntimeFlavor.CRUN,
            recursiveReadOnly,
            userNamespaces,
            flavor == RuntimeFlavor.RUNSC);
    return new RuntimeInfo(config.handler(), name, version, config.binary(), flavor, features);
  }
}
