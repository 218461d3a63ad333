package dev.gantry.linux.namespace;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.namespace.PodInit.Request;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.linux.process.SyscallRun;
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
    Confinement.Plan plan =
        Confinement.plan(
            request.root().toString(), List.of("/" + PROGRAM, PAUSE), namespaces, request.user());
    try (SyscallRun run = plan.program().prepare(plan.descriptors());
        SyscallRun.Sibling sibling = new SyscallRun.Sibling()) {
      int helper =
          OwnThread.runToEnd(
              "pod-init",
              () -> {
                joinCgroup(request.cgroup());
                return run.spawn();
              });
      run.adopt(helper);
      int pid = (int) run.next().orElseThrow(() -> new IOException("pod init: helper was killed"));
      SpawnedProcess init = SyscallRun.adopt(sibling, pid);
      awaitProgram(request, run, init);
      return init;
    }
  }

  /** The report ends when the init has become its program, or says why it could not. */
  private static void awaitProgram(Request request, SyscallRun run, SpawnedProcess init)
      throws LinuxException {
    try {
      run.next();
    } catch (LinuxException e) {
      init.kill(Signals.SIGKILL);
      if (e.errno() == Errno.ENOENT) {
        throw new LinuxException(
            "start pod init from",
            request.catatonit().toString(),
            Errno.ENOENT,
            "it must be statically linked");
      }
      throw e;
    }
  }

  /** On version 1 the thread goes first, and what it starts is born in the group. */
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
