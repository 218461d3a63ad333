package dev.gantry.image;

import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;

/**
 * Names a layer on disk: its diff id where it means the same on every stack, else the chain id of
 * the one stack it was settled for.
 */
public record LayerId(Digest digest) {
  /** The name of its directory: plain hex for sha256. */
  public String directoryName() {
    return digest.algorithm() == Digest.Algorithm.SHA256
        ? digest.hex()
        : digest.algorithm().id() + "-" + digest.hex();
  }

  /** Throws {@link OciFormatException} when the name is none of ours. */
  public static LayerId ofDirectoryName(String name) {
    int dash = name.indexOf('-');
    return new LayerId(dash < 0 ? Digest.sha256(name) : Digest.parse(name.replaceFirst("-", ":")));
  }
}
