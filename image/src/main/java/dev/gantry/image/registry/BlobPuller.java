package dev.gantry.image.registry;

import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** {@code GET /v2/<name>/blobs/<digest>}. The bytes are not verified here. */
public final class BlobPuller {
  private BlobPuller() {}

  /**
   * A stream of the blob that survives broken connections: it asks again from where it was, at the
   * next host if need be.
   */
  public static InputStream open(RegistrySession session, Digest digest) throws IOException {
    return new ResumingStream(session, digest);
  }

  /** An answer for the bytes from {@code offset}; a server may ignore that and send all (200). */
  static HttpAnswer from(RegistrySession session, Digest digest, long offset) throws IOException {
    Map<String, List<String>> headers =
        offset == 0
            ? Map.of("Accept", List.of("*/*"))
            : Map.of("Accept", List.of("*/*"), "Range", List.of("bytes=" + offset + "-"));
    return session.get(Capability.PULL, "blobs/" + digest, headers);
  }
}
