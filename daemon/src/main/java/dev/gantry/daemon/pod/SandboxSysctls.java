package dev.gantry.daemon.pod;

import dev.gantry.daemon.rpc.CallFailure;
import java.util.Map;
import java.util.Set;

/** Which sysctls belong to a pod's namespaces, see sysctl(8) and namespaces(7). */
final class SandboxSysctls {
  private static final Set<String> IPC =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  private SandboxSysctls() {}

  /** Refuses a sysctl that would change the node rather than the pod. */
  static void check(Map<String, String> sysctls, SandboxOptions options) throws CallFailure {
    for (String given : sysctls.keySet()) {
      String name = given.replace('/', '.');
      boolean ipc = IPC.contains(name) || name.startsWith("fs.mqueue.");
      boolean net = name.startsWith("net.");
      if (name.contains("..") || !(ipc || net)) {
        throw CallFailure.invalid("linux.sysctls: " + given + " is not a pod's but the node's");
      }
      if (net && options.hostNetwork()) {
        throw CallFailure.invalid(
            "linux.sysctls: " + given + " would change the node's network, which this pod uses");
      }
      if (ipc && options.hostIpc()) {
        throw CallFailure.invalid(
            "linux.sysctls: " + given + " would change the node's IPC, which this pod uses");
      }
    }
  }
}
