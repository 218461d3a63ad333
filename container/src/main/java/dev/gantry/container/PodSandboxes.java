package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.process.ProcessId;

/** The sandboxes of a handler whose pods each have one, in which all of their containers run. */
public interface PodSandboxes {
  /** Annotation that tells whether a container is its pod's sandbox; of containerd's making. */
  String CONTAINER_TYPE = "io.kubernetes.cri.container-type";

  /** Annotation that names the sandbox which a container goes into. */
  String SANDBOX_ID = "io.kubernetes.cri.sandbox-id";

  /**
   * Makes and starts a sandbox; the pod's network interfaces are complete by then, as it takes
   * their addresses over.
   *
   * @return the process whose end is the sandbox's
   * @throws RuntimeFailure with nothing left of it but files in its directory
   */
  ProcessId start(PodSandboxRequest request) throws RuntimeFailure;

  /**
   * Connects to a port of the sandbox's loopback address, which the host cannot reach.
   *
   * @return a stream socket, non-blocking
   * @throws RuntimeFailure when nobody listens there
   */
  Fd connect(String id, int port) throws RuntimeFailure;

  /**
   * Kills the sandbox with all that runs in it, and removes what the runtime keeps of it. One that
   * is not there, or only in part, is fine.
   *
   * @param cgroupPath its cgroup, a path below the hierarchies' roots
   */
  void delete(String id, String cgroupPath) throws RuntimeFailure;
}
