package dev.gantry.image.registry;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.layer.VerifyingStream;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code GET /v2/<name>/blobs/<digest>}. The bytes are not verified here. */
public final class BlobPuller {
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\*|\\d{1,18})");

  private BlobPuller() {}

  /**
   * A stream of the blob that survives broken connections: it asks again from where it was, at the
   * next host if need be.
   */
  public static InputStream open(RegistrySession session, Digest digest) throws IOException {
    return new ResumingStream(session, digest);
  }

  /**
   * A small blob, verified. One that comes damaged is fetched anew, from another host if need be.
   *
   * @param what for the error: {@code "configuration"}
   * @throws DigestMismatchException when no host had the right bytes
   */
  public static byte[] whole(RegistrySession session, Digest digest, String what, long size)
      throws IOException {
    var liars = new LinkedHashSet<String>();
    for (int tries = Math.max(2, session.hosts()); ; tries--) {
      try (var in = new VerifyingStream(open(session, digest), what, digest, size, n -> {})) {
        return in.readNBytes(Math.toIntExact(size) + 1);
      } catch (DigestMismatchException wrong) {
        liars.addAll(session.distrust(digest));
        if (tries == 1) {
          throw wrong.during("from " + String.join(", ", liars));
        }
      }
    }
  }

  /**
   * One answer for the bytes {@code from} ≤ i &lt; {@code toExclusive} of the blob. Hosts are tried
   * in order until one answers; what breaks while the body is read is the caller's to resume.
   *
   * @param toExclusive {@link Long#MAX_VALUE} for the rest of the blob
   * @throws RegistryException with what each host said; BAD_ANSWER when another range came
   */
  public static BlobRange open(RegistrySession session, Digest digest, long from, long toExclusive)
      throws IOException {
    if (from < 0 || toExclusive <= from) {
      throw new IllegalArgumentException("no such range: " + from + " to " + toExclusive);
    }
    RegistrySession.Answered answered =
        session.get(Capability.PULL, "blobs/" + digest, headers(from, toExclusive));
    session.sends(digest, answered.host());
    boolean whole = false;
    try {
      BlobRange range = range(session, answered, from);
      whole = true;
      return range;
    } finally {
      if (!whole) {
        answered.answer().close();
      }
    }
  }

  private static Map<String, List<String>> headers(long from, long toExclusive) {
    if (from == 0 && toExclusive == Long.MAX_VALUE) {
      return Map.of("Accept", List.of("*/*"));
    }
    String end = toExclusive == Long.MAX_VALUE ? "" : Long.toString(toExclusive - 1);
    return Map.of("Accept", List.of("*/*"), "Range", List.of("bytes=" + from + "-" + end));
  }

  /** A server that sends another range than asked would be found out only by the digest. */
  private static BlobRange range(
      RegistrySession session, RegistrySession.Answered answered, long from)
      throws RegistryException {
    HttpAnswer answer = answered.answer();
    if (answer.status() != 206) {
      return new BlobRange(session, answered, 0, answer.length());
    }
    String header = answer.header("Content-Range");
    if (header == null) {
      return new BlobRange(session, answered, from, -1);
    }
    Matcher match = CONTENT_RANGE.matcher(header);
    if (!match.matches() || Long.parseLong(match.group(1)) != from) {
      session.demote(answered.host());
      throw new RegistryException(
          Kind.BAD_ANSWER,
          List.of(
              new Attempt(
                  answered.host(),
                  206,
                  "asked for the bytes from " + from + ", got " + ErrorBody.oneLine(header))),
          null);
    }
    long total = match.group(3).equals("*") ? -1 : Long.parseLong(match.group(3));
    return new BlobRange(session, answered, from, total);
  }
}
