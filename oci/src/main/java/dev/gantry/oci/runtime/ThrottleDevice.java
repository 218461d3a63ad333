package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;

/** The most bytes or operations per second of one block device. */
@Json
public record ThrottleDevice(long major, long minor, long rate) {}
