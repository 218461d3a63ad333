package dev.gantry.linux.mount;

/** What happens to mounts made below a mount (mount_namespaces(7)). */
public enum Propagation {
  /** Neither sends nor receives. */
  PRIVATE(1 << 18),
  /** Sends to and receives from its peers; a mount that is shared and slave counts as shared. */
  SHARED(1 << 20),
  /** Receives only. */
  SLAVE(1 << 19),
  /** Private, and may not be bind mounted. */
  UNBINDABLE(1 << 17);

  private final long flag;

  Propagation(long flag) {
    this.flag = flag;
  }

  long flag() {
    return flag;
  }
}
