package dev.gantry.oci;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Names a stack of layers by what is below each one.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md#layer-chainid">image-spec,
 *     layer chain id</a>
 */
public final class ChainId {
  private ChainId() {}

  /** Returns the chain id of the whole stack, given by diff ids, base layer first. */
  public static Digest of(List<Digest> diffIds) {
    if (diffIds.isEmpty()) {
      throw new IllegalArgumentException("an empty stack of layers has no chain id");
    }
    return all(diffIds).getLast();
  }

  /** Returns the chain id of the stack up to and including each layer. */
  public static List<Digest> all(List<Digest> diffIds) {
    List<Digest> chain = new ArrayList<>(diffIds.size());
    for (Digest diffId : diffIds) {
      chain.add(chain.isEmpty() ? diffId : of(chain.getLast(), diffId));
    }
    return List.copyOf(chain);
  }

  /** Returns the chain id of a layer on top of the stack that has the given one. */
  public static Digest of(Digest below, Digest diffId) {
    return Digest.sha256Of((below + " " + diffId).getBytes(StandardCharsets.US_ASCII));
  }
}
