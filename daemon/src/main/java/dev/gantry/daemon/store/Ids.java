package dev.gantry.daemon.store;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Ids of pods and containers: 64 random hexadecimal digits, as every CRI runtime makes them. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 32;

  private Ids() {}

  /** A new id. */
  public static String random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
