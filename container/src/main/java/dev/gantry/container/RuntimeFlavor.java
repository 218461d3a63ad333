package dev.gantry.container;

/** Which program an OCI runtime is: some of what they do in private we do for them. */
public enum RuntimeFlavor {
  /** crun waits for a byte in its exec fifo, and takes compiled seccomp filters. */
  CRUN,
  /** runc writes a byte to its exec fifo, and waits until somebody reads it. */
  RUNC,
  /** gVisor's runsc: a pod's containers share one sandbox, and have no processes on the host. */
  RUNSC,
  /** Any other runtime is used by its command line alone. */
  OTHER;

  /** From the output of {@code <runtime> --version}: its first word names the program. */
  public static RuntimeFlavor ofVersionText(String text) {
    if (text.startsWith("crun version ")) {
      return CRUN;
    }
    if (text.startsWith("runsc version ")) {
      return RUNSC;
    }
    return text.startsWith("runc version ") ? RUNC : OTHER;
  }
}
