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

  /** Starts from a container that shares everything with the host. */
  public static Builder builder() {
    return new Builder();
  }

  /** Starts from this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.uidMappings = uidMappings;
    builder.gidMappings = gidMappings;
    builder.sysctl = sysctl;
    builder.resources = resources;
    builder.cgroupsPath = cgroupsPath;
    builder.namespaces = namespaces;
    builder.devices = devices;
    builder.seccomp = seccomp;
    builder.rootfsPropagation = rootfsPropagation;
    builder.maskedPaths = maskedPaths;
    builder.readonlyPaths = readonlyPaths;
    builder.mountLabel = mountLabel;
    return builder;
  }

  /** Collects what the Linux part of a container is made of. */
  public static final class Builder {
    private List<IdMapping> uidMappings = List.of();
    private List<IdMapping> gidMappings = List.of();
    private Map<String, String> sysctl = Map.of();
    private @Nullable LinuxResources resources;
    private @Nullable String cgroupsPath;
    private List<Namespace> namespaces = List.of();
    private List<Device> devices = List.of();
    private @Nullable Seccomp seccomp;
    private @Nullable String rootfsPropagation;
    private List<String> maskedPaths = List.of();
    private List<String> readonlyPaths = List.of();
    private @Nullable String mountLabel;

    private Builder() {}

    public Builder uidMappings(List<IdMapping> value) {
      uidMappings = value;
      return this;
    }

    public Builder gidMappings(List<IdMapping> value) {
      gidMappings = value;
      return this;
    }

    public Builder sysctl(Map<String, String> value) {
      sysctl = value;
      return this;
    }

    public Builder resources(@Nullable LinuxResources value) {
      resources = value;
      return this;
    }

    public Builder cgroupsPath(@Nullable String value) {
      cgroupsPath = value;
      return this;
    }

    public Builder namespaces(List<Namespace> value) {
      namespaces = value;
      return this;
    }

    public Builder devices(List<Device> value) {
      devices = value;
      return this;
    }

    public Builder seccomp(@Nullable Seccomp value) {
      seccomp = value;
      return this;
    }

    public Builder rootfsPropagation(@Nullable String value) {
      rootfsPropagation = value;
      return this;
    }

    public Builder maskedPaths(List<String> value) {
      maskedPaths = value;
      return this;
    }

    public Builder readonlyPaths(List<String> value) {
      readonlyPaths = value;
      return this;
    }

    public Builder mountLabel(@Nullable String value) {
      mountLabel = value;
      return this;
    }

    public Linux build() {
      return new Linux(
          uidMappings,
          gidMappings,
          sysctl,
          resources,
          cgroupsPath,
          namespaces,
          devices,
          seccomp,
          rootfsPropagation,
          maskedPaths,
          readonlyPaths,
          mountLabel);
    }
  }
}
