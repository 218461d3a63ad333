package dev.gantry.agent.sync;

import dev.gantry.agent.api.Bytes;
import dev.gantry.agent.api.LocalObjectReference;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.image.PullSecrets;
import dev.gantry.cri.json.ProtoJson;
import dev.gantry.cri.json.ProtoJsonException;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.oci.ImageReference;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Credentials from secrets of the types dockerconfigjson and dockercfg. A key names a registry,
 * perhaps with a path below which it holds; the longest that fits comes first.
 */
final class SecretKeyring implements PullSecrets {
  private static final System.Logger LOG = System.getLogger(SecretKeyring.class.getName());

  private final ObjectSource objects;

  SecretKeyring(ObjectSource objects) {
    this.objects = objects;
  }

  private record Entry(String key, AuthConfig auth) {}

  @Override
  public List<AuthConfig> of(Pod pod, String image) {
    String name = ImageReference.parse(image).name();
    List<Entry> fitting = new ArrayList<>();
    for (LocalObjectReference reference : pod.spec().imagePullSecrets()) {
      Optional<Secret> secret = objects.secret(pod.metadata().namespace(), reference.name());
      if (secret.isEmpty()) {
        LOG.log(
            Level.WARNING,
            () ->
                "pull secret "
                    + reference.name()
                    + " of pod "
                    + pod.metadata().name()
                    + " does not exist");
      }
      secret.ifPresent(
          s -> entries(s).stream().filter(e -> fits(e.key(), name)).forEach(fitting::add));
    }
    fitting.sort(Comparator.comparingInt((Entry e) -> e.key().length()).reversed());
    return fitting.stream().map(Entry::auth).toList();
  }

  private static List<Entry> entries(Secret secret) {
    try {
      Bytes json = secret.data().get(".dockerconfigjson");
      if (json != null
          && ProtoJson.parseTree(json.text()) instanceof Map<?, ?> config
          && config.get("auths") instanceof Map<?, ?> auths) {
        return entries(auths);
      }
      Bytes old = secret.data().get(".dockercfg");
      if (old != null && ProtoJson.parseTree(old.text()) instanceof Map<?, ?> auths) {
        return entries(auths);
      }
    } catch (ProtoJsonException e) {
      LOG.log(Level.WARNING, "pull secret " + secret.metadata().name() + " holds no JSON", e);
    }
    return List.of();
  }

  private static List<Entry> entries(Map<?, ?> auths) {
    List<Entry> entries = new ArrayList<>();
    auths.forEach((key, value) -> {
      if (value instanceof Map<?, ?> fields) {
        entries.add(new Entry(normal(String.valueOf(key)), auth(fields)));
      }
    });
    return entries;
  }

  private static AuthConfig auth(Map<?, ?> fields) {
    var auth = AuthConfig.newBuilder();
    String user = text(fields, "username");
    String password = text(fields, "password");
    String both = text(fields, "auth");
    if (user.isEmpty() && !both.isEmpty()) {
      String decoded = decode(both);
      int colon = decoded.indexOf(':');
      user = colon < 0 ? "" : decoded.substring(0, colon);
      password = colon < 0 ? "" : decoded.substring(colon + 1);
    }
    return auth.setUsername(user)
        .setPassword(password)
        .setIdentityToken(text(fields, "identitytoken"))
        .setRegistryToken(text(fields, "registrytoken"))
        .build();
  }

  private static String decode(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static String text(Map<?, ?> fields, String name) {
    return fields.get(name) instanceof String text ? text : "";
  }

  /** {@code https://index.docker.io/v1/} as {@code docker.io}. */
  private static String normal(String key) {
    String name = key.replaceFirst("^https?://", "").replaceFirst("/(v[12]/?)?$", "");
    return name.equals("index.docker.io") ? "docker.io" : name;
  }

  private static boolean fits(String key, String image) {
    if (!key.startsWith("*.")) {
      return image.equals(key) || image.startsWith(key + "/");
    }
    int slash = image.indexOf('/');
    String host = slash < 0 ? image : image.substring(0, slash);
    int dot = host.indexOf('.');
    return dot > 0 && host.substring(dot).equals(key.substring(1));
  }
}
