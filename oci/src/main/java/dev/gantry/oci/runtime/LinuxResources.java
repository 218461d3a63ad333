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

  /** Starts from no limits. */
  public static Builder builder() {
    return new Builder();
  }

  /** Starts from this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.devices = devices;
    builder.memory = memory;
    builder.cpu = cpu;
    builder.pids = pids;
    builder.blockIo = blockIo;
    builder.hugepageLimits = hugepageLimits;
    builder.network = network;
    builder.rdma = rdma;
    builder.unified = unified;
    return builder;
  }

  /** Collects limits. */
  public static final class Builder {
    private List<DeviceRule> devices = List.of();
    private @Nullable Memory memory;
    private @Nullable Cpu cpu;
    private @Nullable Pids pids;
    private @Nullable BlockIo blockIo;
    private List<HugepageLimit> hugepageLimits = List.of();
    private @Nullable Network network;
    private Map<String, Rdma> rdma = Map.of();
    private Map<String, String> unified = Map.of();

    private Builder() {}

    public Builder devices(List<DeviceRule> value) {
      devices = value;
      return this;
    }

    public Builder memory(@Nullable Memory value) {
      memory = value;
      return this;
    }

    public Builder cpu(@Nullable Cpu value) {
      cpu = value;
      return this;
    }

    public Builder pids(@Nullable Pids value) {
      pids = value;
      return this;
    }

    public Builder blockIo(@Nullable BlockIo value) {
      blockIo = value;
      return this;
    }

    public Builder hugepageLimits(List<HugepageLimit> value) {
      hugepageLimits = value;
      return this;
    }

    public Builder network(@Nullable Network value) {
      network = value;
      return this;
    }

    public Builder rdma(Map<String, Rdma> value) {
      rdma = value;
      return this;
    }

    public Builder unified(Map<String, String> value) {
      unified = value;
      return this;
    }

    public LinuxResources build() {
      return new LinuxResources(
          devices, memory, cpu, pids, blockIo, hugepageLimits, network, rdma, unified);
    }
  }
}
