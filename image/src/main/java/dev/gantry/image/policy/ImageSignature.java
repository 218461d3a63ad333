package dev.gantry.image.policy;

import dev.gantry.oci.Digest;
import java.io.IOException;
import java.util.List;

/**
 * A signature that came with an image; nothing of it is to be believed yet.
 *
 * @param payload the bytes that were signed
 * @param base64 the signature
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ImageSignature(byte[] payload, String base64) {

  /** Where signatures are. */
  public interface Source {
    /** There are none: local files carry no signatures. */
    Source NONE = manifest -> List.of();

    /**
     * The signatures that say they are of this manifest, empty when there are none.
     *
     * @throws IOException when that cannot be found out
     */
    List<ImageSignature> of(Digest manifest) throws IOException;
  }
}
