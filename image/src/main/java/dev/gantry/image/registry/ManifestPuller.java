package dev.gantry.image.registry;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.FailureText;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  /**
   * What a tag names now.
   *
   * @throws DigestMismatchException when these are not the bytes that the server meant to send
   */
  public static Answer byTag(RegistrySession session, String tag) throws IOException {
    return fetch(session, Capability.RESOLVE, tag, null);
  }

  /**
   * The manifest with this digest. A host that sends another one is passed over where there are
   * further ones.
   *
   * @throws DigestMismatchException when another one came
   */
  public static Answer byDigest(RegistrySession session, Digest digest) throws IOException {
    return fetch(session, Capability.PULL, digest.toString(), digest);
  }

  /** What was damaged on its way may come whole when it is asked for again. */
  private static Answer fetch(
      RegistrySession session, Capability capability, String name, @Nullable Digest wanted)
      throws IOException {
    int tries = Math.max(session.retry().tries(), session.hosts());
    for (int failed = 1; ; failed++) {
      RegistrySession.Answered answered = session.get(capability, "manifests/" + name, ACCEPT);
      try (HttpAnswer answer = answered.answer()) {
        byte[] bytes = bytes(answered);
        return verified(answered, bytes, wanted == null ? announced(answer) : wanted);
      } catch (DigestMismatchException | BrokenOff e) {
        if (failed >= tries) {
          throw e instanceof BrokenOff broken ? broken.failure() : e;
        }
      }
      session.demote(answered.host());
      RetryPolicy.pause(session.retry().backoff(failed));
    }
  }

  private static byte[] bytes(RegistrySession.Answered answered) throws IOException {
    HttpAnswer answer = answered.answer();
    byte[] bytes;
    try (InputStream body = answer.body()) {
      bytes = body.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new BrokenOff(answered, e);
    }
    if (bytes.length > MOST_BYTES) {
      throw new RegistryException(
          Kind.BAD_ANSWER,
          List.of(
              new Attempt(
                  answered.host(), answer.status(), "answer exceeds " + MOST_BYTES + " bytes")),
          null);
    }
    return bytes;
  }

  /** What the server says it sends; nothing when it does not say, or not in a way known here. */
  private static @Nullable Digest announced(HttpAnswer answer) {
    String header = answer.header("Docker-Content-Digest");
    try {
      return header == null ? null : Digest.parse(header.strip());
    } catch (OciFormatException unknown) {
      return null;
    }
  }

  private static Answer verified(
      RegistrySession.Answered answered, byte[] bytes, @Nullable Digest wanted)
      throws DigestMismatchException {
    Digest digest = wanted == null ? Digest.sha256Of(bytes) : Digest.of(wanted.algorithm(), bytes);
    if (wanted != null && !digest.equals(wanted)) {
      throw new DigestMismatchException("manifest", wanted, digest);
    }
    String type = answered.answer().header("Content-Type");
    int semicolon = type == null ? -1 : type.indexOf(';');
    String plain = type == null ? "" : semicolon < 0 ? type : type.substring(0, semicolon);
    return new Answer(bytes, plain.strip(), digest, answered.host());
  }

  /** The connection broke in the middle of the body. */
  private static final class BrokenOff extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Attempt attempt;

    BrokenOff(RegistrySession.Answered answered, IOException cause) {
      super(cause);
      this.attempt =
          new Attempt(answered.host(), answered.answer().status(), FailureText.of(cause));
    }

    RegistryException failure() {
      return new RegistryException(Kind.UNREACHABLE, List.of(attempt), this);
    }
  }
}
