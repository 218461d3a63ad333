package dev.gantry.streaming;

import dev.gantry.streaming.FuzzTest.Target;
import dev.gantry.streaming.client.AnswersFuzz;
import dev.gantry.streaming.server.SpdyFramesFuzz;
import dev.gantry.streaming.server.UpgradeFuzz;
import dev.gantry.streaming.server.WebSocketFramesFuzz;
import dev.gantry.streaming.spdy.HeaderBlocksFuzz;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All targets as one: the first byte of an input says which. */
public final class AnyFuzz {
  private AnyFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    switch (input[0]) {
      case 0 -> SpdyFramesFuzz.fuzzerTestOneInput(rest);
      case 1 -> HeaderBlocksFuzz.fuzzerTestOneInput(rest);
      case 2 -> WebSocketFramesFuzz.fuzzerTestOneInput(rest);
      case 3 -> UpgradeFuzz.fuzzerTestOneInput(rest);
      default -> AnswersFuzz.fuzzerTestOneInput(rest);
    }
  }

  /** The target, with the inputs of all in this order. */
  static Target all(List<Target> targets) {
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      for (byte[] seed : targets.get(i).seeds()) {
        byte[] marked = new byte[seed.length + 1];
        marked[0] = (byte) i;
        System.arraycopy(seed, 0, marked, 1, seed.length);
        seeds.add(marked);
      }
    }
    return new Target(AnyFuzz.class, seeds);
  }
}
