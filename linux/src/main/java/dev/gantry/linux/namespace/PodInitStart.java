package dev.gantry.linux.namespace;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.namespace.PodInit.Request;
import dev.gantry.linux.process.ConfinedSpawn;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The steps of {@link PodInit#start}. */
final class PodInitStart {
  private static final String PROGRAM = "catatonit";

  /** Runs no program, reaps, and waits to be killed. */
  private static final String PAUSE = "-P";

  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;

  /** Whether this JVM could be dumped before any of its threads gave up its rights. */
  private static final boolean DUMPABLE = Native.syscall(Nr.PRCTL, PR_GET_DUMPABLE) == 1;

  private PodInitStart() {}

  static ProcessId start(Request request) throws IOException {
    prepareRoot(request.root(), request.catatonit());
    Map<NamespaceType, Fd> namespaces = new EnumMap<>(NamespaceType.class);
    try {
      for (Map.Entry<NamespaceType, Path> pin : request.join().entrySet()) {
        namespaces.put(pin.getKey(), PodNamespaces.open(pin.getValue()));
      }
      SpawnedProcess init = spawn(request, namespaces);
      try {
        finish(request, init);
        return init.id();
      } catch (IOException | RuntimeException e) {
        init.kill(Signals.SIGKILL);
        throw e;
      }
    } finally {
      namespaces.values().forEach(Fd::close);
    }
  }

  /** The copy can be run but not read: what cannot be read cannot be traced or dumped either. */
  private static void prepareRoot(Path root, Path catatonit) throws IOException {
    Path copy = root.resolve(PROGRAM);
    try {
      if (Files.exists(copy)
          && Files.size(copy) == Files.size(catatonit)
          && Files.getLastModifiedTime(copy).equals(Files.getLastModifiedTime(catatonit))) {
        return;
      }
      Files.createDirectories(root);
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
      Path temporary = Files.createTempFile(root, ".", ".tmp");
      try {
        Files.copy(
            catatonit,
            temporary,
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.COPY_ATTRIBUTES);
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("--x--x--x"));
        Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (NoSuchFileException e) {
      throw new LinuxException("prepare pod init from", e.getFile(), Errno.ENOENT.number());
    }
  }

  private static SpawnedProcess spawn(Request request, Map<NamespaceType, Fd> namespaces)
      throws IOException {
    try (Confinement confinement = Confinement.prepare(request.root(), namespaces);
        ConfinedSpawn spawn = ConfinedSpawn.prepare(List.of("/" + PROGRAM, PAUSE))) {
      long[] error = new long[1];
      int result =
          OwnThread.runToEnd(
              "pod-init",
              () -> {
                joinCgroup(request.cgroup());
                return confinement.enter(error) ? spawn.spawn() : 0;
              });
      if (error[0] != 0) {
        throw confinement.failure(error[0]);
      }
      if (result == -Errno.ENOENT.number()) {
        throw new LinuxException(
            "start pod init from",
            request.catatonit().toString(),
            Errno.ENOENT,
            "it must be statically linked");
      }
      return spawn.adopt(result);
    } finally {
      // Giving up rights on one thread marks the whole process as one that must not be dumped.
      if (DUMPABLE) {
        Native.syscall(Nr.PRCTL, PR_SET_DUMPABLE, 1);
      }
    }
  }

  /** On version 1 the thread goes first, and its child is born in the group. */
  private static void joinCgroup(@Nullable Cgroup cgroup) throws LinuxException {
    if (cgroup != null && cgroup.mode() != CgroupMode.V2) {
      cgroup.addThread(0);
    }
  }

  private static void finish(Request request, SpawnedProcess init) throws LinuxException {
    Cgroup cgroup = request.cgroup();
    if (cgroup != null && cgroup.mode() == CgroupMode.V2) {
      cgroup.addProcess(init.pid());
    }
    // Ours to wait for, so the number is its own as long as we have not heard of its end.
    PodNamespaces.bind("/proc/" + init.pid() + "/ns/pid", request.pidPin());
  }
}
