package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A system call filter, as the OCI runtimes read it. */
@Json
public record Seccomp(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    List<SyscallRule> syscalls) {
  public Seccomp {
    defaultAction = Values.required(defaultAction, "defaultAction");
    architectures = Values.list(architectures);
    flags = Values.list(flags);
    listenerPath = Values.blankToNull(listenerPath);
    listenerMetadata = Values.blankToNull(listenerMetadata);
    syscalls = Values.list(syscalls);
  }

  public static final String ALLOW = "SCMP_ACT_ALLOW";
  public static final String ERRNO = "SCMP_ACT_ERRNO";
}
