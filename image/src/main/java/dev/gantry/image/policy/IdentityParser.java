package dev.gantry.image.policy;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a {@code signedIdentity} of the policy. */
final class IdentityParser {
  /** Host and port, or host and path: what remapIdentity may replace. */
  private static final Pattern PREFIX =
      Pattern.compile(
          "([a-zA-Z0-9][a-zA-Z0-9.-]*|\\[[0-9a-fA-F:]+])(:[0-9]+)?"
              + "(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*");

  private IdentityParser() {}

  /**
   * @param node null where the policy says nothing: matchRepoDigestOrExact
   */
  static IdentityMatch parse(@Nullable StrictJson node) {
    if (node == null) {
      return new IdentityMatch.MatchRepoDigestOrExact();
    }
    StrictJson type = node.field("type");
    return switch (type.string()) {
      case "matchExact" -> {
        node.objectOf(Set.of("type"));
        yield new IdentityMatch.MatchExact();
      }
      case "matchRepoDigestOrExact" -> {
        node.objectOf(Set.of("type"));
        yield new IdentityMatch.MatchRepoDigestOrExact();
      }
      case "matchRepository" -> {
        node.objectOf(Set.of("type"));
        yield new IdentityMatch.MatchRepository();
      }
      case "exactReference" -> exactReference(node);
      case "exactRepository" -> exactRepository(node);
      case "remapIdentity" -> {
        node.objectOf(Set.of("type", "prefix", "signedPrefix"));
        yield new IdentityMatch.RemapIdentity(
            prefix(node.field("prefix")), prefix(node.field("signedPrefix")));
      }
      default ->
          throw type.wrong(
              "unknown type \""
                  + type.string()
                  + "\" (known: matchExact, matchRepoDigestOrExact, matchRepository,"
                  + " exactReference, exactRepository, remapIdentity)");
    };
  }

  private static IdentityMatch exactReference(StrictJson node) {
    node.objectOf(Set.of("type", "dockerReference"));
    StrictJson text = node.field("dockerReference");
    var reference = IdentityMatch.parse(text.string());
    if (reference == null || (reference.tag() == null && reference.digest() == null)) {
      throw text.wrong("must be a name with a tag or a digest");
    }
    return new IdentityMatch.ExactReference(reference);
  }

  private static IdentityMatch exactRepository(StrictJson node) {
    node.objectOf(Set.of("type", "dockerRepository"));
    StrictJson text = node.field("dockerRepository");
    var reference = IdentityMatch.parse(text.string());
    if (reference == null) {
      throw text.wrong("must be the name of a repository");
    }
    return new IdentityMatch.ExactRepository(reference.name());
  }

  private static String prefix(StrictJson node) {
    if (!PREFIX.matcher(node.string()).matches()) {
      throw node.wrong("must be a registry, a namespace or a repository, without tag or digest");
    }
    return node.string();
  }
}
