package dev.gantry.linux.cgroup;

import static java.util.Comparator.comparingLong;

import dev.gantry.linux.Backoff;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Freezes groups and kills all that is in them. */
final class CgroupKiller {
  /** How long a kill waits for a group to freeze: a process in uninterruptible sleep never does. */
  private static final Duration FREEZE_TRY = Duration.ofMillis(200);

  private static final int ROUNDS_TO_TRUST = 50;

  private final CgroupHost host;
  private final Cgroup group;

  /**
   * A process.
   *
   * @param listed the directory that lists it
   */
  private record Member(ProcessId id, Path listed) {}

  CgroupKiller(CgroupHost host, Cgroup group) {
    this.host = host;
    this.group = group;
  }

  void kill(Duration deadline) throws LinuxException {
    Backoff backoff = Backoff.within(deadline);
    Set<Integer> killed = new HashSet<>();
    boolean freeze = false;
    for (int round = 1; ; round++) {
      Map<Integer, Path> left = group.members();
      boolean ours = withoutThisProcess(left);
      if (left.isEmpty() && !ours) {
        return;
      }
      if (!killed.containsAll(left.keySet())) {
        killAll(left, freeze);
        killed.addAll(left.keySet());
        // What comes after that was forked faster than we are.
        freeze = true;
      }
      if (round % ROUNDS_TO_TRUST == 0) {
        // A number that is still there may be another process's by now.
        killed.clear();
      }
      if (!backoff.pause() && !group.pids().isEmpty()) {
        throw new LinuxException(
            "kill cgroup", group.path(), Errno.ETIMEDOUT, "processes left: " + group.pids());
      }
    }
  }

  /**
   * Takes this process out, and tells whether it was in. Version 1 lists a process for any of its
   * threads: one that went into the group to spawn something is ended by the JVM a moment after
   * whoever joined it goes on, so it is waited for as the others are.
   */
  private boolean withoutThisProcess(Map<Integer, Path> members) throws LinuxException {
    int self = (int) ProcessHandle.current().pid();
    Path in = members.remove(self);
    if (in != null && CgroupTree.isWhole(in, self)) {
      throw new IllegalStateException("this process is in the cgroup to be killed: " + group);
    }
    return in != null;
  }

  private void killAll(Map<Integer, Path> members, boolean freeze) throws LinuxException {
    if (killByKernel()) {
      thawAll();
    } else if (freeze) {
      killFrozen();
    } else {
      killEach(members);
      thawAll();
    }
  }

  /** Since Linux 5.14 version 2 groups kill all that is in and below them. */
  private boolean killByKernel() throws LinuxException {
    Optional<Path> file =
        host.mode() == CgroupMode.V2
            ? group.directory("").map(dir -> dir.resolve("cgroup.kill"))
            : Optional.empty();
    return file.isPresent() && CgroupFile.writeIfThere(file.get(), "1");
  }

  /** Frozen processes cannot fork, and their numbers cannot be reused, while we go through them. */
  private void killFrozen() throws LinuxException {
    try {
      freeze(FREEZE_TRY);
    } catch (LinuxException e) {
      // What cannot be frozen is killed as it is; the caller's loop comes back for its children.
      if (e.errno() != Errno.ETIMEDOUT) {
        throw e;
      }
    }
    try {
      killEach(group.members());
    } finally {
      thawAll();
    }
  }

  /**
   * The oldest first: one that waits for its children would see them end, and might still end with
   * a code of its own.
   */
  private static void killEach(Map<Integer, Path> members) throws LinuxException {
    List<Member> oldestFirst = new ArrayList<>();
    members.forEach((pid, listed) ->
        ProcessId.find(pid).ifPresent(id -> oldestFirst.add(new Member(id, listed))));
    oldestFirst.sort(
        comparingLong((Member m) -> m.id().startTime()).thenComparingInt(m -> m.id().pid()));
    for (Member member : oldestFirst) {
      Optional<Pidfd> open = Pidfd.open(member.id());
      if (open.isPresent()) {
        try (Pidfd pidfd = open.get()) {
          // Where nothing is frozen the number may have changed hands before it was opened.
          if (CgroupTree.pidsOf(member.listed()).contains(member.id().pid())) {
            pidfd.signal(Signals.SIGKILL);
          }
        }
      }
    }
  }

  void freeze(Duration deadline) throws LinuxException {
    Backoff backoff = Backoff.within(deadline);
    boolean frozen = switchTo(true);
    while (!frozen) {
      if (!backoff.pause()) {
        thaw();
        throw new LinuxException("freeze cgroup", group.path(), Errno.ETIMEDOUT.number());
      }
      // The version 1 freezer can miss a process that forked meanwhile until it is told again.
      frozen = switchTo(true);
    }
  }

  void thaw() throws LinuxException {
    switchTo(false);
  }

  /**
   * Thaws the groups below as well: a container may have frozen some itself, and on version 1 what
   * is frozen does not die.
   */
  private void thawAll() throws LinuxException {
    Optional<Path> dir = group.directory("freezer");
    if (host.mode() == CgroupMode.V2 || dir.isEmpty()) {
      thaw();
      return;
    }
    for (Path below : CgroupTree.bottomUp(dir.get())) {
      // One that was removed meanwhile holds nothing frozen.
      CgroupFile.writeIfThere(below.resolve("freezer.state"), "THAWED");
    }
  }

  /** Tells the freezer what to do; true when it is done or there is nothing to freeze. */
  private boolean switchTo(boolean freeze) throws LinuxException {
    boolean two = host.mode() == CgroupMode.V2;
    Optional<Path> dir = group.directory("freezer");
    if (dir.isEmpty()) {
      return true;
    }
    Path file = dir.get().resolve(two ? "cgroup.freeze" : "freezer.state");
    String value = two ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
    if (!CgroupFile.writeIfThere(file, value) || !freeze) {
      return true;
    }
    String state =
        CgroupFile.read(two ? dir.get().resolve("cgroup.events") : file).orElse("").strip();
    return two ? state.contains("frozen 1") : state.equals("FROZEN");
  }
}
