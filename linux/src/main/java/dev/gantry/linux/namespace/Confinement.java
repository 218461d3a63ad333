package dev.gantry.linux.namespace;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Locks the calling thread, and no other of the JVM, into a pod's namespaces, new PID and mount
 * namespaces, a root directory with nothing of the host, an unprivileged user and a seccomp filter;
 * what it spawns then is born like that.
 *
 * <p>System calls are made raw: rights, root directory and namespaces belong to a thread, and it is
 * only the C library that changes user and group for all of them. From the change of root on no
 * class may have to be loaded from a file, so everything is laid out beforehand and {@link #enter}
 * only walks through a list.
 */
final class Confinement implements AutoCloseable {
  /** No user of any image: 65534 is nobody's, 65535 fits the ids of old file systems. */
  static final int USER = 65535;

  private static final int CLONE_NEWNS_NEWPID = 0x0002_0000 | 0x2000_0000;
  private static final int MS_RDONLY_NOSUID_NODEV = 1 | 2 | 4;
  private static final int MS_REMOUNT = 0x20;
  private static final int MS_BIND = 0x1000;
  private static final int MS_REC = 0x4000;
  private static final int MS_PRIVATE = 1 << 18;
  private static final int MNT_DETACH = 2;
  private static final int PR_CAPBSET_READ = 23;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int CAPABILITY_VERSION_3 = 0x2008_0522;
  private static final int FILTER_INSTRUCTION_BYTES = 8;
  private static final int MOST_CAPABILITIES = 64;

  private final Arena arena = Arena.ofShared();
  private final List<Step> steps = new ArrayList<>();
  private int failed = -1;

  /** One system call and, for the error, what it is for. */
  private record Step(
      String what, String subject, int number, long a, long b, long c, long d, long e) {
    long run() {
      return Native.syscall(number, a, b, c, d, e);
    }
  }

  private Confinement() {}

  /** Lays out the steps; namespaces must stay open until {@link #enter} has returned. */
  static Confinement prepare(Path root, Map<NamespaceType, Fd> namespaces) throws IOException {
    Confinement confinement = new Confinement();
    try {
      confinement.planNamespaces(namespaces);
      confinement.planRoot(root.toString());
      confinement.planRights();
      confinement.planFilter(InitFilter.program());
      return confinement;
    } catch (IOException | RuntimeException e) {
      confinement.close();
      throw e;
    }
  }

  /** Walks through the steps; false when one failed, see {@link #failure}. */
  boolean enter(long[] error) {
    for (int i = 0; i < steps.size(); i++) {
      long result = steps.get(i).run();
      if (result < 0) {
        failed = i;
        error[0] = -result;
        return false;
      }
    }
    return true;
  }

  /** What went wrong, for people. */
  LinuxException failure(long error) {
    Step step = steps.get(failed);
    return new LinuxException(step.what(), step.subject(), (int) error);
  }

  private void planNamespaces(Map<NamespaceType, Fd> namespaces) {
    namespaces.forEach(
        (type, fd) -> add("enter namespace", type.ociName(), Nr.SETNS, fd.number(), type.flag()));
    add("make namespaces", "pid, mount", Nr.UNSHARE, CLONE_NEWNS_NEWPID);
  }

  /**
   * As pivot_root(2) says under "pivot_root(".", ".")": the old root goes away with no directory.
   */
  private void planRoot(String path) throws LinuxException {
    long top = Native.string(arena, "/").address();
    long root = Native.string(arena, path).address();
    long here = Native.string(arena, ".").address();
    add("make private", "/", Nr.MOUNT, 0, top, 0, MS_REC | MS_PRIVATE, 0);
    add("bind", path, Nr.MOUNT, root, root, 0, MS_BIND, 0);
    int readOnly = MS_REMOUNT | MS_BIND | MS_RDONLY_NOSUID_NODEV;
    add("make read-only", path, Nr.MOUNT, 0, root, 0, readOnly, 0);
    add("enter", path, Nr.CHDIR, root);
    add("make root", path, Nr.PIVOT_ROOT, here, here);
    add("leave", "old root", Nr.UMOUNT2, here, MNT_DETACH);
    add("enter", "/", Nr.CHDIR, top);
  }

  private void planRights() {
    add("drop", "ambient capabilities", Nr.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
    for (int i = 0; i < MOST_CAPABILITIES; i++) {
      // Reading fails for the first number this kernel has no capability for.
      if (Native.syscall(Nr.PRCTL, PR_CAPBSET_READ, i) < 0) {
        break;
      }
      add("drop", "capability " + i, Nr.PRCTL, PR_CAPBSET_DROP, i);
    }
    add("leave", "supplementary groups", Nr.SETGROUPS, 0, 0);
    add("become", "group " + USER, Nr.SETRESGID, USER, USER, USER);
    add("become", "user " + USER, Nr.SETRESUID, USER, USER, USER);
    MemorySegment header = arena.allocate(8, 8);
    header.set(ValueLayout.JAVA_INT, 0, CAPABILITY_VERSION_3);
    long none = arena.allocate(24, 8).address();
    add("drop", "capabilities", Nr.CAPSET, header.address(), none);
    add("give up", "new privileges", Nr.PRCTL, PR_SET_NO_NEW_PRIVS, 1);
  }

  private void planFilter(byte[] filter) {
    MemorySegment code = arena.allocate(filter.length, 8);
    code.copyFrom(MemorySegment.ofArray(filter));
    MemorySegment program = arena.allocate(16, 8);
    program.set(ValueLayout.JAVA_SHORT, 0, (short) (filter.length / FILTER_INSTRUCTION_BYTES));
    program.set(ValueLayout.ADDRESS, 8, code);
    add("load", "seccomp filter", Nr.SECCOMP, SECCOMP_SET_MODE_FILTER, 0, program.address());
  }

  private void add(String what, String subject, int number, long... arguments) {
    long[] all = new long[5];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    String call = "confine pod init: " + what;
    steps.add(new Step(call, subject, number, all[0], all[1], all[2], all[3], all[4]));
  }

  @Override
  public void close() {
    arena.close();
  }
}
