package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to do with some system calls whose arguments are as told. */
@Json
public record SyscallRule(
    List<String> names, String action, @Nullable Integer errnoRet, List<Arg> args) {
  public SyscallRule {
    names = Values.list(names);
    action = Values.required(action, "action");
    args = Values.list(args);
    if (names.isEmpty()) {
      throw new OciFormatException("a seccomp rule names no system call");
    }
  }
}
