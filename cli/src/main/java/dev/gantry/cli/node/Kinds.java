package dev.gantry.cli.node;

import dev.gantry.cli.CliFailure;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Kinds by the names that people type. */
public final class Kinds {
  /** Every kind that there may be objects of, as {@code get all} lists them. */
  public static final List<String> ALL =
      List.of("Pod", "Deployment", "ConfigMap", "Secret", "RuntimeClass");

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("pod", "Pod"),
          Map.entry("pods", "Pod"),
          Map.entry("po", "Pod"),
          Map.entry("deployment", "Deployment"),
          Map.entry("deployments", "Deployment"),
          Map.entry("deploy", "Deployment"),
          Map.entry("configmap", "ConfigMap"),
          Map.entry("configmaps", "ConfigMap"),
          Map.entry("cm", "ConfigMap"),
          Map.entry("secret", "Secret"),
          Map.entry("secrets", "Secret"),
          Map.entry("runtimeclass", "RuntimeClass"),
          Map.entry("runtimeclasses", "RuntimeClass"),
          Map.entry("event", "Event"),
          Map.entry("events", "Event"),
          Map.entry("ev", "Event"));

  private Kinds() {}

  /** Whether a word means a kind. */
  public static boolean isKind(String word) {
    return NAMES.containsKey(plain(word));
  }

  // kubectl takes `deployments.apps`, too.
  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replaceFirst("\\..*", "");
  }

  /**
   * The kind that a word means.
   *
   * @throws CliFailure that lists the kinds there are
   */
  public static String of(String word) {
    String kind = NAMES.get(plain(word));
    if (kind == null) {
      throw CliFailure.usage("no kind is called " + word)
          .advise("there are pods, deployments, configmaps, secrets, runtimeclasses and events");
    }
    return kind;
  }
}
