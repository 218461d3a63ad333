package dev.gantry.image.policy;

import dev.gantry.image.policy.Requirement.KeySource;
import dev.gantry.oci.OciFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads containers-policy.json(5), as strictly as containers/image does: what is not understood
 * makes the whole policy an error, since it might have been a restriction.
 *
 * @see <a
 *     href="https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md">containers-policy.json(5)</a>
 */
final class PolicyParser {
  /** All that containers-transports(5) names; images come to Gantry by four of them. */
  private static final Set<String> TRANSPORTS =
      Set.of(
          "atomic",
          "containers-storage",
          "dir",
          "docker",
          "docker-archive",
          "docker-daemon",
          "oci",
          "oci-archive",
          "ostree",
          "sif",
          "tarball");

  private static final Set<String> PATHS = Set.of("dir", "oci", "oci-archive", "sif");
  private static final Set<String> NO_SCOPES = Set.of("docker-archive", "tarball");

  private static final Set<String> KEYS = Set.of("keyPath", "keyPaths", "keyData", "keyDatas");
  private static final Set<String> REKOR =
      Set.of(
          "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas");
  private static final Set<String> SIGSTORE_SIGNED =
      union(KEYS, REKOR, Set.of("type", "fulcio", "pki", "signedIdentity"));
  private static final Set<String> SIGNED_BY =
      Set.of("type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity");

  private PolicyParser() {}

  private static Set<String> union(Set<String> a, Set<String> b, Set<String> c) {
    var all = new HashSet<>(a);
    all.addAll(b);
    all.addAll(c);
    return Set.copyOf(all);
  }

  /** Throws {@link OciFormatException} that names the place. */
  static PolicyFile parse(byte[] json) {
    StrictJson root = StrictJson.parse(json);
    Map<String, StrictJson> fields = root.object(Set.of("default", "transports"));
    List<Requirement> byDefault = requirements(root.field("default"));
    var transports = new LinkedHashMap<String, Map<String, List<Requirement>>>();
    StrictJson all = fields.get("transports");
    if (all != null) {
      for (var transport : all.object(TRANSPORTS).entrySet()) {
        transports.put(transport.getKey(), scopes(transport.getKey(), transport.getValue()));
      }
    }
    return new PolicyFile(byDefault, transports);
  }

  private static Map<String, List<Requirement>> scopes(String transport, StrictJson node) {
    var scopes = new LinkedHashMap<String, List<Requirement>>();
    for (var scope : node.object().entrySet()) {
      String name = scope.getKey();
      if (!name.isEmpty()) {
        checkScope(transport, name, scope.getValue());
      }
      scopes.put(name, requirements(scope.getValue()));
    }
    return scopes;
  }

  private static void checkScope(String transport, String name, StrictJson node) {
    if (NO_SCOPES.contains(transport)) {
      throw node.wrong("the transport " + transport + " knows no scope but \"\"");
    }
    if (PATHS.contains(transport)
        && (!name.startsWith("/") || name.equals("/") || !isClean(name))) {
      throw node.wrong(
          "a scope of "
              + transport
              + " is an absolute path without \"..\" or a slash at its end"
              + (name.equals("/") ? "; for every path write \"\"" : ""));
    }
    if (name.startsWith("*") && !name.matches("\\*\\.[^*/:]+")) {
      throw node.wrong("a wildcard scope is \"*.\" and a domain, without port or path");
    }
  }

  private static boolean isClean(String path) {
    return Path.of(path).normalize().toString().equals(path);
  }

  private static List<Requirement> requirements(StrictJson node) {
    var all = new ArrayList<Requirement>();
    for (StrictJson r : node.list()) {
      all.add(requirement(r));
    }
    if (all.isEmpty()) {
      throw node.wrong(
          "the list of requirements is empty; to allow everything write"
              + " [{\"type\": \"insecureAcceptAnything\"}]");
    }
    return List.copyOf(all);
  }

  private static Requirement requirement(StrictJson node) {
    StrictJson type = node.field("type");
    return switch (type.string()) {
      case "reject" -> {
        node.objectOf(Set.of("type"));
        yield new Requirement.Reject(node.place());
      }
      case "insecureAcceptAnything" -> {
        node.objectOf(Set.of("type"));
        yield new Requirement.AcceptAnything(node.place());
      }
      case "sigstoreSigned" -> sigstoreSigned(node);
      case "signedBy" -> signedBy(node);
      case "signedBaseLayer" ->
          new Requirement.Unsupported(node.place(), "signedBaseLayer (which nobody implements)");
      default ->
          throw type.wrong(
              "unknown type \""
                  + type.string()
                  + "\" (known: insecureAcceptAnything, reject, sigstoreSigned, signedBy)");
    };
  }

  private static Requirement signedBy(StrictJson node) {
    Map<String, StrictJson> fields = node.object(SIGNED_BY);
    if (!node.field("keyType").string().equals("GPGKeys")) {
      throw node.field("keyType").wrong("must be \"GPGKeys\"");
    }
    exactlyOne(node, fields, Set.of("keyPath", "keyPaths", "keyData"));
    IdentityParser.parse(fields.get("signedIdentity"));
    return new Requirement.Unsupported(node.place(), "signedBy (simple signing with GPG keys)");
  }

  private static Requirement sigstoreSigned(StrictJson node) {
    Map<String, StrictJson> fields = node.object(SIGSTORE_SIGNED);
    String source = exactlyOne(node, fields, union(KEYS, Set.of("fulcio"), Set.of("pki")));
    IdentityMatch identity = IdentityParser.parse(fields.get("signedIdentity"));
    if (!KEYS.contains(source)) {
      return new Requirement.Unsupported(
          node.place(), "sigstoreSigned with " + source + " (certificates instead of a key)");
    }
    for (String rekor : REKOR) {
      if (fields.containsKey(rekor)) {
        return new Requirement.Unsupported(
            node.place(), "sigstoreSigned with " + rekor + " (entries in a Rekor log)");
      }
    }
    return new Requirement.SigstoreSigned(node.place(), keys(source, node.field(source)), identity);
  }

  private static String exactlyOne(
      StrictJson node, Map<String, StrictJson> fields, Set<String> names) {
    List<String> found = fields.keySet().stream().filter(names::contains).toList();
    if (found.size() != 1) {
      throw node.wrong(
          "exactly one of "
              + String.join(", ", new TreeSet<>(names))
              + " is needed, there "
              + (found.isEmpty() ? "is none" : "are " + String.join(" and ", found)));
    }
    return found.getFirst();
  }

  private static List<KeySource> keys(String source, StrictJson node) {
    boolean file = source.startsWith("keyPath");
    if (!source.endsWith("s")) {
      return List.of(key(node, file));
    }
    var keys = new ArrayList<KeySource>();
    for (StrictJson key : node.list()) {
      keys.add(key(key, file));
    }
    if (keys.isEmpty()) {
      throw node.wrong("there is no key in it");
    }
    return List.copyOf(keys);
  }

  private static KeySource key(StrictJson node, boolean file) {
    String text = node.string();
    if (file) {
      if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
        throw node.wrong("must be an absolute path");
      }
      return new KeySource.InFile(Path.of(text));
    }
    try {
      return new KeySource.Inline(node.place(), Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw node.wrong("must be a key in PEM, and that in base64: " + e.getMessage());
    }
  }
}
