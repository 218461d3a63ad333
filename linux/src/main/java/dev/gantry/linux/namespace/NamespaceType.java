package dev.gantry.linux.namespace;

/** The kinds of namespaces; see namespaces(7). */
public enum NamespaceType {
  NETWORK(0x4000_0000, "net", "network"),
  IPC(0x0800_0000, "ipc", "ipc"),
  UTS(0x0400_0000, "uts", "uts"),
  PID(0x2000_0000, "pid", "pid"),
  MOUNT(0x0002_0000, "mnt", "mount"),
  USER(0x1000_0000, "user", "user"),
  CGROUP(0x0200_0000, "cgroup", "cgroup");

  private final int flag;
  private final String procName;
  private final String ociName;

  NamespaceType(int flag, String procName, String ociName) {
    this.flag = flag;
    this.procName = procName;
    this.ociName = ociName;
  }

  /** The {@code CLONE_NEW…} bit. */
  int flag() {
    return flag;
  }

  /** The name below {@code /proc/<pid>/ns}. */
  public String procName() {
    return procName;
  }

  /** The name in an OCI runtime configuration. */
  public String ociName() {
    return ociName;
  }
}
