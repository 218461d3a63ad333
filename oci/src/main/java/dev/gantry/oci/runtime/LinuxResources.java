package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The cgroup's limits. */
@Json
public record LinuxResources(
    List<DeviceRule> devices,
    @Nullable Memory memory,
    @Nullable Cpu cpu,
    @Nullable Pids pids,
    @Json.Property("blockIO") @Nullable BlockIo blockIo,
    List<HugepageLimit> hugepageLimits,
    @Nullable Network network,
    Map<String, Rdma> rdma,
    Map<String, String> unified) {
  public LinuxResources {
    devices = Values.list(devices);
    hugepageLimits = Values.list(hugepageLimits);
    rdma = Values.map(rdma);
    unified = Values.map(unified);
  }
}
