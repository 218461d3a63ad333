package dev.gantry.image.registry;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.FailureText;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code GET /v2/<name>/manifests/<reference>}. */
public final class ManifestPuller {
  /** Most bytes of a manifest or index, the least that the distribution spec asks for. */
  public static final int MOST_BYTES = 4 << 20;

  private static final Map<String, List<String>> ACCEPT =
      Map.of(
          "Accept",
          List.of(
              "application/vnd.oci.image.index.v1+json, "
                  + "application/vnd.oci.image.manifest.v1+json, "
                  + "application/vnd.docker.distribution.manifest.list.v2+json, "
                  + "application/vnd.docker.distribution.manifest.v2+json, */*"));

  private ManifestPuller() {}

  /**
   * A manifest as it came.
   *
   * @param mediaType what the server called it, without parameters
   * @param digest of the bytes, never what a header claims
   * @param host base URL of the registry or mirror that was asked
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, handed from one owner to the next
  public record Answer(byte[] bytes, String mediaType, Digest digest, String host) {}

  /** What a tag names now. */
  public static Answer byTag(RegistrySession session, String tag) throws IOException {
    return fetch(session, Capability.RESOLVE, tag);
  }

  /**
   * The manifest with this digest. A host that sends another one is passed over where there are
   * further ones.
   *
   * @throws DigestMismatchException when another one came
   */
  public static Answer byDigest(RegistrySession session, Digest digest) throws IOException {
    for (int left = session.hosts(); ; left--) {
      Answer answer = fetch(session, Capability.PULL, digest.toString());
      Digest actual = Digest.of(digest.algorithm(), answer.bytes());
      if (actual.equals(digest)) {
        return new Answer(answer.bytes(), answer.mediaType(), digest, answer.host());
      }
      session.demote(answer.host());
      if (left <= 1) {
        throw new DigestMismatchException("manifest", digest, actual);
      }
    }
  }

  private static Answer fetch(RegistrySession session, Capability capability, String name)
      throws IOException {
    RegistrySession.Answered answered = session.get(capability, "manifests/" + name, ACCEPT);
    try (HttpAnswer answer = answered.answer()) {
      byte[] bytes;
      try {
        bytes = answer.bytes(MOST_BYTES);
      } catch (IOException e) {
        throw new RegistryException(
            Kind.BAD_ANSWER,
            List.of(new Attempt(answered.host(), answer.status(), FailureText.of(e))),
            e);
      }
      String type = answer.header("Content-Type");
      int semicolon = type == null ? -1 : type.indexOf(';');
      String plain = type == null ? "" : semicolon < 0 ? type : type.substring(0, semicolon);
      return new Answer(bytes, plain.strip(), Digest.sha256Of(bytes), answered.host());
    }
  }
}
