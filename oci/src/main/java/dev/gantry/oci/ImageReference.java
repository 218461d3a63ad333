package dev.gantry.oci;

import org.jspecify.annotations.Nullable;

/**
 * An image's name in full: registry host, repository, and a tag, a digest or both.
 *
 * <p>Short names mean Docker Hub, as everywhere: {@code busybox} is {@code
 * docker.io/library/busybox:latest}.
 *
 * @param host {@code name[:port]} of the registry, {@code docker.io} for Docker Hub
 * @param repository the path on that registry
 * @see <a href="https://github.com/distribution/reference/blob/main/reference.go">distribution, the
 *     reference grammar</a>
 */
public record ImageReference(
    String host, String repository, @Nullable String tag, @Nullable Digest digest) {

  /** The host that names without one mean. */
  public static final String DOCKER_HUB = "docker.io";

  /** The tag that a name with neither tag nor digest means. */
  public static final String DEFAULT_TAG = "latest";

  /** The most characters a name, host and repository, may have. */
  public static final int MAX_NAME = 255;

  private static final String OFFICIAL = "library/";

  /** Checks each part; throws {@link InvalidReferenceException} naming the one that is wrong. */
  public ImageReference {
    String whole = host + '/' + repository;
    ReferenceGrammar.checkHost(whole, host);
    ReferenceGrammar.checkRepository(whole, repository);
    if (whole.length() > MAX_NAME) {
      throw new InvalidReferenceException(
          whole, "the name has " + whole.length() + " characters, at most " + MAX_NAME + " go");
    }
    if (tag != null) {
      ReferenceGrammar.checkTag(whole, tag);
    }
  }

  /**
   * Reads a reference as people and manifests write it. A name with neither tag nor digest gets the
   * tag {@code latest}.
   */
  public static ImageReference parse(String text) {
    ImageReference reference = parseName(text);
    return reference.tag == null && reference.digest == null
        ? reference.withTag(DEFAULT_TAG)
        : reference;
  }

  /** Reads a reference like {@link #parse}, but adds no tag. */
  public static ImageReference parseName(String text) {
    if (text.isEmpty()) {
      throw new InvalidReferenceException(text, "it is empty");
    }
    int scheme = text.indexOf("://");
    if (scheme >= 0) {
      throw new InvalidReferenceException(
          text,
          "it is a URL, not a name: leave out \""
              + Text.shorten(text.substring(0, scheme + 3))
              + '"');
    }
    String rest = text;
    Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = digest(text, rest.substring(at + 1));
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      ReferenceGrammar.checkTag(text, tag);
      rest = rest.substring(0, colon);
    }
    if (tag == null && digest == null && ReferenceGrammar.isImageId(rest)) {
      throw new InvalidReferenceException(text, "64 hex characters are an image id, not a name");
    }
    return ofName(text, rest, tag, digest);
  }

  private static ImageReference ofName(
      String text, String name, @Nullable String tag, @Nullable Digest digest) {
    int slash = name.indexOf('/');
    String host = DOCKER_HUB;
    String repository = name;
    if (slash >= 0 && ReferenceGrammar.looksLikeHost(name.substring(0, slash))) {
      host = name.substring(0, slash);
      repository = name.substring(slash + 1);
    }
    ReferenceGrammar.checkHost(text, host);
    ReferenceGrammar.checkRepository(text, repository);
    if (host.equals("index.docker.io")) {
      host = DOCKER_HUB;
    }
    if (host.equals(DOCKER_HUB) && repository.indexOf('/') < 0) {
      repository = OFFICIAL + repository;
    }
    return new ImageReference(host, repository, tag, digest);
  }

  private static Digest digest(String text, String digest) {
    try {
      return Digest.parse(digest);
    } catch (OciFormatException e) {
      InvalidReferenceException invalid =
          new InvalidReferenceException(text, String.valueOf(e.getMessage()));
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** Returns {@code host/repository}. */
  public String name() {
    return host + '/' + repository;
  }

  /** Returns the name as people write it: without {@code docker.io/} and {@code library/}. */
  public String familiarName() {
    if (!host.equals(DOCKER_HUB)) {
      return name();
    }
    return repository.startsWith(OFFICIAL) && repository.indexOf('/', OFFICIAL.length()) < 0
        ? repository.substring(OFFICIAL.length())
        : repository;
  }

  /** Returns the reference as people write it. */
  public String familiar() {
    return familiarName() + suffix();
  }

  /** Returns what a registry is asked for: the digest where there is one, else the tag. */
  public String manifestKey() {
    if (digest != null) {
      return digest.toString();
    }
    return tag == null ? DEFAULT_TAG : tag;
  }

  /** Returns the same name with this tag, without the digest. */
  public ImageReference withTag(String newTag) {
    return new ImageReference(host, repository, newTag, null);
  }

  /** Returns the same name with this digest, without the tag. */
  public ImageReference withDigest(Digest newDigest) {
    return new ImageReference(host, repository, null, newDigest);
  }

  /** Returns the canonical form {@code host/repository[:tag][@digest]}. */
  @Override
  public String toString() {
    return name() + suffix();
  }

  private String suffix() {
    return (tag == null ? "" : ':' + tag) + (digest == null ? "" : "@" + digest);
  }
}
