package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;

/** A test of one system call argument; the values are unsigned 64-bit numbers. */
public record Arg(int index, long value, long valueTwo, String op) {
  public Arg {
    op = Values.required(op, "op");
  }
}
