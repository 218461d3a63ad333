package dev.gantry.linux.seccomp;

/** What a filter does with a system call; see seccomp(2) and the OCI runtime spec's names. */
public enum SeccompAction {
  KILL_PROCESS(0x8000_0000, false),
  KILL_THREAD(0x0000_0000, false),
  TRAP(0x0003_0000, false),
  ERRNO(0x0005_0000, true),
  NOTIFY(0x7fc0_0000, false),
  TRACE(0x7ff0_0000, true),
  LOG(0x7ffc_0000, false),
  ALLOW(0x7fff_0000, false);

  private static final int EPERM = 1;

  private final int code;
  private final boolean takesErrno;

  SeccompAction(int code, boolean takesErrno) {
    this.code = code;
    this.takesErrno = takesErrno;
  }

  /**
   * From the OCI name, such as {@code SCMP_ACT_ERRNO}.
   *
   * @throws IllegalArgumentException naming the text, when it is none
   */
  public static SeccompAction ofOci(String name) {
    return switch (name) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> KILL_PROCESS;
      case "SCMP_ACT_TRAP" -> TRAP;
      case "SCMP_ACT_ERRNO" -> ERRNO;
      case "SCMP_ACT_NOTIFY" -> NOTIFY;
      case "SCMP_ACT_TRACE" -> TRACE;
      case "SCMP_ACT_LOG" -> LOG;
      case "SCMP_ACT_ALLOW" -> ALLOW;
      default -> throw new IllegalArgumentException("unknown seccomp action \"" + name + "\"");
    };
  }

  /** The value libseccomp wants; without an errno the runtimes' default, EPERM. */
  int code(int errno) {
    return takesErrno ? code | ((errno < 0 ? EPERM : errno) & 0xffff) : code;
  }
}
