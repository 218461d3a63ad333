package dev.gantry.image.policy;

import dev.gantry.image.PolicyException;
import dev.gantry.image.PolicyException.Kind;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node's policy.json, which is asked about every image before a layer of it is fetched. A
 * change of the file counts for the next image. Thread-safe.
 *
 * <p>Sigstore signatures are looked for in the registry whenever the policy wants one; the {@code
 * use-sigstore-attachments} of containers-registries.d(5) is not needed.
 */
public final class TrustPolicy {
  /** Lets everything in. */
  public static final TrustPolicy ACCEPT_ANYTHING = new TrustPolicy(null, false);

  private final @Nullable Path file;
  private final boolean required;
  private volatile @Nullable Loaded loaded;

  /** Identifies a file's content: a rename or a write changes one of these. */
  private record Stamp(Object changed, long size, @Nullable Object key) {}

  private record Loaded(Stamp stamp, PolicyFile policy) {}

  private TrustPolicy(@Nullable Path file, boolean required) {
    this.file = file;
    this.required = required;
  }

  /**
   * The policy of a file.
   *
   * @param required whether it is an error that the file is missing; otherwise everything is let in
   *     then
   */
  public static TrustPolicy of(Path file, boolean required) {
    return new TrustPolicy(file, required);
  }

  /**
   * Returns when the image may come in.
   *
   * @param documents the manifest, then the index that it was chosen from, and so on upwards; each
   *     is known to name the one before it by digest
   * @throws PolicyException saying which line of the policy refuses it and why
   * @throws IOException when signatures cannot be fetched
   */
  public void admit(ImageOrigin origin, List<byte[]> documents, ImageSignature.Source signatures)
      throws IOException {
    if (file == null) {
      return;
    }
    PolicyFile policy = load(file);
    if (policy == null) {
      return;
    }
    for (Requirement requirement : policy.requirements(origin)) {
      String objection = objection(requirement, origin, documents, signatures);
      if (objection != null) {
        throw new PolicyException(
            Kind.REJECTED,
            "policy " + file + " refuses it: " + requirement.place() + ": " + objection);
      }
    }
  }

  private @Nullable String objection(
      Requirement requirement,
      ImageOrigin origin,
      List<byte[]> documents,
      ImageSignature.Source signatures)
      throws IOException {
    return switch (requirement) {
      case Requirement.AcceptAnything accept -> null;
      case Requirement.Reject reject -> "reject";
      case Requirement.Unsupported other ->
          other.what()
              + " is not supported by Gantry; use sigstoreSigned with a public key (keyPath)";
      case Requirement.SigstoreSigned signed -> {
        try {
          yield new SigstoreJudge(signed, origin).objection(documents, signatures);
        } catch (PolicyException e) {
          throw e.during("policy " + file);
        }
      }
    };
  }

  /** The policy as the file has it now, null when everything is to be let in. */
  private @Nullable PolicyFile load(Path path) throws PolicyException {
    try {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      Object changed = Files.getAttribute(path, "unix:ctime");
      var stamp = new Stamp(changed, attributes.size(), attributes.fileKey());
      Loaded known = loaded;
      if (known == null || !known.stamp().equals(stamp)) {
        known = new Loaded(stamp, PolicyParser.parse(read(path, attributes)));
        loaded = known;
      }
      return known.policy();
    } catch (NoSuchFileException e) {
      if (!required) {
        return null;
      }
      throw unusable(path, "there is no such file; write one, or take image.policy_file away", e);
    } catch (IOException e) {
      throw unusable(path, "" + e.getMessage(), e);
    } catch (OciFormatException e) {
      throw unusable(path, "" + e.getMessage(), e);
    }
  }

  private static byte[] read(Path path, BasicFileAttributes attributes) throws IOException {
    if (!attributes.isRegularFile()) {
      throw new IOException("not a regular file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(OciJson.MAX_BYTES + 1);
    }
  }

  private static PolicyException unusable(Path path, String why, Exception cause) {
    return new PolicyException(
        Kind.CONFIGURATION,
        "policy " + path + ": " + why + " (no image gets in until then)",
        cause);
  }
}
