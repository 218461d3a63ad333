package dev.gantry.linux.namespace;

import dev.gantry.linux.seccomp.SeccompAction;
import dev.gantry.linux.seccomp.SeccompCompiler;
import dev.gantry.linux.seccomp.SeccompProfile;
import dev.gantry.linux.seccomp.SeccompProfile.Rule;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The system calls of a pod's init. */
final class InitFilter {
  /** Loading a static program, reaping, and waiting for signals. */
  private static final List<String> OF_CATATONIT =
      List.of(
          "arch_prctl",
          "brk",
          "close",
          "close_range",
          "dup2",
          "dup3",
          "execve",
          "exit",
          "exit_group",
          "fcntl",
          "getpid",
          "getppid",
          "getrandom",
          "gettid",
          "kill",
          "mmap",
          "mprotect",
          "munmap",
          "newfstatat",
          "fstat",
          "pause",
          "ppoll",
          "prctl",
          "prlimit64",
          "read",
          "readlink",
          "readlinkat",
          "restart_syscall",
          "rseq",
          "rt_sigaction",
          "rt_sigprocmask",
          "rt_sigreturn",
          "set_robust_list",
          "set_tid_address",
          "setpgid",
          "setsid",
          "signalfd4",
          "tgkill",
          "uname",
          "wait4",
          "waitid",
          "write",
          "writev");

  private static final ReentrantLock LOCK = new ReentrantLock();
  private static byte @Nullable [] compiled;

  private InitFilter() {}

  /** The compiled filter; what is not listed answers EPERM. */
  static byte[] program() throws IOException {
    LOCK.lock();
    try {
      byte[] program = compiled;
      if (program == null) {
        program =
            SeccompCompiler.compile(
                new SeccompProfile(
                    SeccompAction.ERRNO,
                    null,
                    List.of(),
                    List.of(new Rule(OF_CATATONIT, SeccompAction.ALLOW, null, List.of()))));
        compiled = program;
      }
      return program;
    } finally {
      LOCK.unlock();
    }
  }
}
