package dev.gantry.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.seccomp.SeccompProfile.Arg;
import dev.gantry.linux.seccomp.SeccompProfile.Op;
import dev.gantry.linux.seccomp.SeccompProfile.Rule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeccompCompilerTest {
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int FILTER_BYTES = 8;

  private static Rule rule(SeccompAction action, int errno, String name, Arg... args) {
    return new Rule(List.of(name), action, errno, List.of(args));
  }

  private static SeccompProfile allowBut(Rule... rules) {
    return new SeccompProfile(SeccompAction.ALLOW, null, List.of(), List.of(rules));
  }

  /** Results of calls on a thread that lives under the filter. */
  private static long[] under(byte[] filter, LongSupplier... calls) throws Exception {
    FutureTask<long[]> task =
        new FutureTask<>(() -> {
          load(filter);
          long[] results = new long[calls.length];
          for (int i = 0; i < calls.length; i++) {
            results[i] = calls[i].getAsLong();
          }
          return results;
        });
    Thread.ofPlatform().start(task);
    return task.get();
  }

  private static void load(byte[] filter) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = arena.allocate(16, 8);
      program.set(ValueLayout.JAVA_SHORT, 0, (short) (filter.length / FILTER_BYTES));
      MemorySegment code = arena.allocate(filter.length, 8).copyFrom(MemorySegment.ofArray(filter));
      program.set(ValueLayout.ADDRESS, 8, code);
      Native.check(Native.syscall(Nr.PRCTL, PR_SET_NO_NEW_PRIVS, 1), "no_new_privs", "");
      Native.check(Native.syscall(Nr.SECCOMP, 1, 0, program.address()), "load filter", "");
    }
  }

  @Test
  void callsGetTheErrorsOfTheirRules() throws Exception {
    byte[] filter =
        SeccompCompiler.compile(
            allowBut(
                rule(SeccompAction.ERRNO, Errno.EDOM.number(), "umask"),
                new Rule(List.of("getpid"), SeccompAction.ERRNO, null, List.of())));
    long[] results =
        under(
            filter,
            () -> Native.syscall(Nr.UMASK, 022),
            () -> Native.syscall(Nr.GETPID),
            () -> Native.syscall(Nr.GETTID));
    assertThat(results[0]).isEqualTo(-Errno.EDOM.number());
    assertThat(results[1]).isEqualTo(-Errno.EPERM.number());
    assertThat(results[2]).isPositive();
    assertThat(Native.syscall(Nr.GETPID)).isPositive();
  }

  @Test
  void argumentsAreCompared() throws Exception {
    int e = Errno.EDOM.number();
    byte[] filter =
        SeccompCompiler.compile(
            allowBut(
                rule(SeccompAction.ERRNO, e, "umask", new Arg(0, 0777, 0, Op.EQ)),
                rule(SeccompAction.ERRNO, e, "lseek", new Arg(2, 0xf0, 0x20, Op.MASKED_EQ)),
                // Two on one argument: either of them.
                rule(
                    SeccompAction.ERRNO,
                    e,
                    "fchdir",
                    new Arg(0, 1_000_001, 0, Op.EQ),
                    new Arg(0, 1_000_003, 0, Op.EQ)),
                // On different arguments: both.
                rule(
                    SeccompAction.ERRNO,
                    e,
                    "dup3",
                    new Arg(0, 1_000_001, 0, Op.GE),
                    new Arg(1, 5, 0, Op.LT))));
    int bad = -Errno.EBADF.number();
    assertThat(
            under(
                filter,
                () -> Native.syscall(Nr.UMASK, 0777),
                () -> Native.syscall(Nr.LSEEK, 1_000_000, 0, 0x2f),
                () -> Native.syscall(Nr.LSEEK, 1_000_000, 0, 0x3f),
                () -> Native.syscall(Nr.FCHDIR, 1_000_001),
                () -> Native.syscall(Nr.FCHDIR, 1_000_002),
                () -> Native.syscall(Nr.FCHDIR, 1_000_003),
                () -> Native.syscall(Nr.DUP3, 1_000_002, 4, 0),
                () -> Native.syscall(Nr.DUP3, 1_000_002, 5, 0)))
        .containsExactly(-e, -e, bad, -e, bad, -e, -e, bad);
  }

  @Test
  void whatNoRuleNamesGetsTheDefault() throws Exception {
    // All that a Java thread needs to come to its end, by far; but not these two.
    byte[] filter =
        SeccompCompiler.compile(
            new SeccompProfile(
                SeccompAction.ERRNO,
                Errno.ENOSYS.number(),
                List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
                List.of(
                    new Rule(
                        List.of(
                            "read",
                            "write",
                            "close",
                            "mmap",
                            "munmap",
                            "mprotect",
                            "madvise",
                            "futex",
                            "exit",
                            "exit_group",
                            "rt_sigprocmask",
                            "rt_sigaction",
                            "rt_sigreturn",
                            "sched_yield",
                            "gettid",
                            "openat",
                            "newfstatat",
                            "fstat",
                            "lseek",
                            "pread64",
                            "brk",
                            "clock_gettime",
                            "getrandom"),
                        SeccompAction.ALLOW,
                        null,
                        List.of()))));
    assertThat(
            under(
                filter,
                () -> Native.syscall(Nr.UMASK, 022),
                () -> Math.min(1, Native.syscall(Nr.GETTID))))
        .containsExactly(-Errno.ENOSYS.number(), 1);
  }

  @Test
  void namesOfNoCallAreSkippedAndTheResultIsRepeatable() throws Exception {
    SeccompProfile one = allowBut(rule(SeccompAction.ERRNO, 5, "umask"));
    SeccompProfile two =
        allowBut(
            new Rule(List.of("no_such_call", "umask"), SeccompAction.ERRNO, 5, List.of()),
            new Rule(List.of("getpid"), SeccompAction.ALLOW, null, List.of()));
    assertThat(SeccompCompiler.compile(two)).isEqualTo(SeccompCompiler.compile(one));
    assertThat(SeccompCompiler.compile(one).length % FILTER_BYTES).isZero();
    assertThat(SeccompCompiler.available()).isTrue();
  }

  @Test
  void whatCannotBeCompiledIsNamed() {
    assertThatThrownBy(() ->
            SeccompCompiler.compile(
                new SeccompProfile(SeccompAction.ALLOW, null, List.of("SCMP_ARCH_Z80"), List.of())))
        .isInstanceOf(SeccompException.class)
        .hasMessageContaining("SCMP_ARCH_Z80");
    assertThatIllegalArgumentException().isThrownBy(() -> new Arg(6, 0, 0, Op.EQ));
  }

  @ParameterizedTest
  @EnumSource(SeccompAction.class)
  void everyActionCompiles(SeccompAction action) throws Exception {
    SeccompAction other =
        action == SeccompAction.ALLOW ? SeccompAction.KILL_PROCESS : SeccompAction.ALLOW;
    SeccompProfile profile =
        new SeccompProfile(
            other, null, List.of(), List.of(rule(action, Errno.EDOM.number(), "umask")));
    assertThat(SeccompCompiler.compile(profile)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ALLOW", "SCMP_ACT_NOPE", "scmp_act_allow"})
  void unknownNamesAreRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SeccompAction.ofOci(name))
        .withMessageContaining("\"" + name + "\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Op.ofOci(name))
        .withMessageContaining("\"" + name + "\"");
  }
}
