package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Weights and throttles of block devices. */
@Json
public record BlockIo(
    @Nullable Integer weight,
    @Nullable Integer leafWeight,
    List<WeightDevice> weightDevice,
    @Json.Property("throttleReadBpsDevice") List<ThrottleDevice> throttleReadBps,
    @Json.Property("throttleWriteBpsDevice") List<ThrottleDevice> throttleWriteBps,
    @Json.Property("throttleReadIOPSDevice") List<ThrottleDevice> throttleReadIops,
    @Json.Property("throttleWriteIOPSDevice") List<ThrottleDevice> throttleWriteIops) {
  public BlockIo {
    weightDevice = Values.list(weightDevice);
    throttleReadBps = Values.list(throttleReadBps);
    throttleWriteBps = Values.list(throttleWriteBps);
    throttleReadIops = Values.list(throttleReadIops);
    throttleWriteIops = Values.list(throttleWriteIops);
  }
}
