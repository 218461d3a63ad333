package dev.gantry.network;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A pod's rate limits from its annotations, for plug-ins with the capability {@code bandwidth}.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/">Network
 *     plug-ins: support traffic shaping</a>
 */
final class Bandwidth {
  static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  static final String EGRESS = "kubernetes.io/egress-bandwidth";

  /**
   * Bits; the largest burst that the plug-in accepts in practice, the same that the kubelet once
   * gave.
   */
  private static final long BURST = Integer.MAX_VALUE * 8L;

  /** Kubernetes accepts 1k to 1P. */
  private static final BigDecimal MIN = BigDecimal.valueOf(1_000);

  private static final BigDecimal MAX = BigDecimal.valueOf(1_000_000_000_000_000L);

  private static final Pattern QUANTITY =
      Pattern.compile(
          "([0-9]{1,18}(?:\\.[0-9]{0,9})?)(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P|[eE]([0-9]{1,2}))?");

  private Bandwidth() {}

  /** The capability's value, empty when no annotation sets a limit. */
  static Optional<Json.Obj> fromAnnotations(Map<String, String> annotations)
      throws NetworkException {
    Json.Obj limits = Json.Obj.EMPTY;
    for (String direction : new String[] {INGRESS, EGRESS}) {
      String text = annotations.get(direction);
      if (text != null) {
        String prefix = direction.equals(INGRESS) ? "ingress" : "egress";
        limits =
            limits
                .with(prefix + "Rate", Json.Num.of(bitsPerSecond(direction, text)))
                .with(prefix + "Burst", Json.Num.of(BURST));
      }
    }
    return limits.isEmpty() ? Optional.empty() : Optional.of(limits);
  }

  private static long bitsPerSecond(String annotation, String text) throws NetworkException {
    Matcher match = QUANTITY.matcher(text.strip());
    if (!match.matches()) {
      throw new NetworkException.BadRequest(
          "annotation " + annotation + "=\"" + text + "\" is no quantity such as 10M");
    }
    BigDecimal value =
        new BigDecimal(match.group(1)).multiply(factor(match.group(2), match.group(3)));
    if (value.compareTo(MIN) < 0 || value.compareTo(MAX) > 0) {
      throw new NetworkException.BadRequest(
          "annotation " + annotation + "=\"" + text + "\" is not between 1k and 1P");
    }
    return value.longValue();
  }

  private static BigDecimal factor(@Nullable String suffix, @Nullable String exponent) {
    if (suffix == null) {
      return BigDecimal.ONE;
    }
    if (exponent != null) {
      return BigDecimal.TEN.pow(Integer.parseInt(exponent));
    }
    int power = "kMGTP".indexOf(Character.toString(suffix.charAt(0)).replace('K', 'k')) + 1;
    return BigDecimal.valueOf(suffix.endsWith("i") ? 1024 : 1000).pow(power);
  }
}
