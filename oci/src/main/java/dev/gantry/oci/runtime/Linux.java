package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What of a container is Linux's own. */
@Json
public record Linux(
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    Map<String, String> sysctl,
    @Nullable LinuxResources resources,
    @Nullable String cgroupsPath,
    List<Namespace> namespaces,
    List<Device> devices,
    @Nullable Seccomp seccomp,
    @Nullable String rootfsPropagation,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    @Nullable String mountLabel) {
  public Linux {
    uidMappings = Values.list(uidMappings);
    gidMappings = Values.list(gidMappings);
    sysctl = Values.map(sysctl);
    cgroupsPath = Values.blankToNull(cgroupsPath);
    namespaces = Values.list(namespaces);
    devices = Values.list(devices);
    rootfsPropagation = Values.blankToNull(rootfsPropagation);
    maskedPaths = Values.list(maskedPaths);
    readonlyPaths = Values.list(readonlyPaths);
    mountLabel = Values.blankToNull(mountLabel);
  }
}
