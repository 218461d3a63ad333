package dev.gantry.linux.namespace;

import dev.gantry.linux.Fd;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.process.SyscallProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The system calls by which a helper process becomes a pod's init: into the pod's namespaces, a
 * root directory with nothing of the host, the pod's user namespace, a new PID namespace, an
 * unprivileged user, a seccomp filter, and the program.
 *
 * <p>The mount namespace and the root come before the user namespace: they stay the host's, so that
 * nobody in the pod may enter or change them, and a root on a file system mounted noexec is no
 * obstacle.
 */
final class Confinement {
  private static final int CLONE_NEWNS = 0x0002_0000;
  private static final int CLONE_NEWPID = 0x2000_0000;
  private static final int CLONE_PARENT = 0x8000;
  private static final int SIGCHLD = 17;
  private static final long LAST_FD = 0xffff_ffffL;
  private static final int CLOSE_RANGE_CLOEXEC = 4;
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

  private final SyscallProgram program = new SyscallProgram();

  /** The helper's descriptors. */
  private final SortedMap<Integer, Fd> descriptors = new TreeMap<>();

  private Confinement() {}

  /** The calls, and what they need open. */
  record Plan(SyscallProgram program, SortedMap<Integer, Fd> descriptors) {}

  /**
   * Lays out the calls. The first report is the pid of the init, the second a failure or nothing.
   *
   * @param root the directory that becomes the root
   * @param argv the program below that and its arguments
   * @param namespaces to join; with USER the init is in that one, too
   * @param user whom the init runs as, by its number in the user namespace
   */
  static Plan plan(String root, List<String> argv, Map<NamespaceType, Fd> namespaces, int user)
      throws IOException {
    Confinement plan = new Confinement();
    namespaces.forEach((type, fd) -> {
      if (type != NamespaceType.USER) {
        plan.join(type, fd);
      }
    });
    plan.root(root);
    Fd userNamespace = namespaces.get(NamespaceType.USER);
    if (userNamespace != null) {
      plan.join(NamespaceType.USER, userNamespace);
    }
    int fork = plan.fork();
    plan.rights(user);
    plan.filter(InitFilter.program());
    plan.execute(argv);
    plan.program.jumpIfPositive(fork, plan.program.report(fork));
    plan.program.exit();
    return new Plan(plan.program, plan.descriptors);
  }

  private void join(NamespaceType type, Fd fd) {
    int number = SyscallProgram.FIRST + descriptors.size();
    descriptors.put(number, fd);
    add("enter namespace", type.ociName(), Nr.SETNS, number, type.flag());
  }

  /**
   * As pivot_root(2) says under "pivot_root(".", ".")": the old root goes away with no directory.
   */
  private void root(String path) {
    long top = program.string("/");
    long root = program.string(path);
    long here = program.string(".");
    add("make namespace", "mount", Nr.UNSHARE, CLONE_NEWNS);
    add("make private", "/", Nr.MOUNT, 0, top, 0, MS_REC | MS_PRIVATE, 0);
    add("bind", path, Nr.MOUNT, root, root, 0, MS_BIND, 0);
    int readOnly = MS_REMOUNT | MS_BIND | MS_RDONLY_NOSUID_NODEV;
    add("make read-only", path, Nr.MOUNT, 0, root, 0, readOnly, 0);
    add("enter", path, Nr.CHDIR, root);
    add("make root", path, Nr.PIVOT_ROOT, here, here);
    add("leave", "old root", Nr.UMOUNT2, here, MNT_DETACH);
    add("enter", "/", Nr.CHDIR, top);
  }

  /** The child is the first process of the new PID namespace, and its parent the helper's. */
  private int fork() {
    add("make namespace", "pid", Nr.UNSHARE, CLONE_NEWPID);
    int fork = add("fork", "", Nr.CLONE, CLONE_PARENT | SIGCHLD);
    add("prepare", "fds", Nr.CLOSE_RANGE, SyscallProgram.REPORT, LAST_FD, CLOSE_RANGE_CLOEXEC);
    return fork;
  }

  private void rights(int user) {
    add("drop", "ambient capabilities", Nr.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
    for (int i = 0; i < MOST_CAPABILITIES; i++) {
      // Reading fails for the first number this kernel has no capability for.
      if (Native.syscall(Nr.PRCTL, PR_CAPBSET_READ, i) < 0) {
        break;
      }
      add("drop", "capability " + i, Nr.PRCTL, PR_CAPBSET_DROP, i);
    }
    add("leave", "supplementary groups", Nr.SETGROUPS, 0, 0);
    add("become", "group " + user, Nr.SETRESGID, user, user, user);
    add("become", "user " + user, Nr.SETRESUID, user, user, user);
    ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    header.putInt(CAPABILITY_VERSION_3);
    long none = program.bytes(new byte[24]);
    add("drop", "capabilities", Nr.CAPSET, program.bytes(header.array()), none);
    add("give up", "new privileges", Nr.PRCTL, PR_SET_NO_NEW_PRIVS, 1);
  }

  private void filter(byte[] filter) {
    long code = program.bytes(filter);
    long fprog = program.words(filter.length / FILTER_INSTRUCTION_BYTES, code);
    add("load", "seccomp filter", Nr.SECCOMP, SECCOMP_SET_MODE_FILTER, 0, fprog);
  }

  private void execute(List<String> argv) {
    long[] arguments = new long[argv.size() + 1];
    for (int i = 0; i < argv.size(); i++) {
      arguments[i] = program.string(argv.get(i));
    }
    add(
        "run",
        argv.getFirst(),
        Nr.EXECVE,
        arguments[0],
        program.words(arguments),
        program.words(0));
  }

  private int add(String call, String subject, int number, long... arguments) {
    return program.add("confine pod init: " + call, subject, number, arguments);
  }
}
