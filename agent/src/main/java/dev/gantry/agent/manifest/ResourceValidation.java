package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceRequirements;
import java.util.Map;
import java.util.Set;

/** Requests and limits. */
final class ResourceValidation {
  private static final Set<String> STANDARD = Set.of("cpu", "memory", "ephemeral-storage");
  private static final String HUGE_PAGES = "hugepages-";

  private ResourceValidation() {}

  static void container(ResourceRequirements resources, String path, Report report) {
    requirements(resources, path, report);
  }

  /** What a pod as a whole asks for: no storage and nothing that a device plug-in counts. */
  static void pod(ResourceRequirements resources, String path, Report report) {
    for (String kind : new String[] {"limits", "requests"}) {
      Map<String, Quantity> amounts =
          kind.equals("limits") ? resources.limits() : resources.requests();
      for (String name : amounts.keySet()) {
        if (!name.equals("cpu") && !name.equals("memory") && !name.startsWith(HUGE_PAGES)) {
          report.add(
              path + "." + kind + "[" + name + "]",
              Syntax.unsupported(name, Set.of("cpu", "memory", "hugepages-<size>")));
        }
      }
    }
    requirements(resources, path, report);
  }

  private static void requirements(ResourceRequirements resources, String path, Report report) {
    amounts(resources.limits(), path + ".limits", report);
    amounts(resources.requests(), path + ".requests", report);
    resources
        .requests()
        .forEach((name, request) -> {
          Quantity limit = resources.limits().get(name);
          String at = path + ".requests[" + name + "]";
          if (limit == null) {
            if (name.startsWith(HUGE_PAGES)) {
              report.add(path + ".limits", "Required value: Limit must be set for " + name);
            }
          } else if (name.startsWith(HUGE_PAGES) && !request.equals(limit)) {
            report.add(
                at,
                Syntax.invalid(
                    request.toString(), "must be equal to " + name + " limit of " + limit));
          } else if (request.compareTo(limit) > 0) {
            report.add(
                at,
                Syntax.invalid(
                    request.toString(),
                    "must be less than or equal to " + name + " limit of " + limit));
          }
        });
    boolean huge =
        resources.requests().keySet().stream().anyMatch(name -> name.startsWith(HUGE_PAGES));
    if (huge
        && !resources.requests().containsKey("cpu")
        && !resources.requests().containsKey("memory")) {
      report.add(path, "Forbidden: HugePages require cpu or memory");
    }
  }

  /** Amounts of things that there are, none below nothing. */
  static void amounts(Map<String, Quantity> amounts, String path, Report report) {
    amounts.forEach((name, amount) -> {
      String at = path + "[" + name + "]";
      if (name.startsWith(HUGE_PAGES)) {
        hugePages(name, amount, at, report);
      } else if (!STANDARD.contains(name)) {
        report.add(
            at,
            name.contains("/")
                ? "is not supported on this node: there are no device plug-ins; give devices by"
                    + " the runtime's CDI annotations"
                : Syntax.invalid(
                    name,
                    "must be a standard resource for containers: cpu, memory,"
                        + " ephemeral-storage, hugepages-<size>"));
      }
      if (amount.signum() < 0) {
        report.add(at, Syntax.invalid(amount.toString(), "must be greater than or equal to 0"));
      }
    });
  }

  private static void hugePages(String name, Quantity amount, String at, Report report) {
    Quantity size;
    try {
      size = Quantity.parse(name.substring(HUGE_PAGES.length()));
    } catch (IllegalArgumentException e) {
      report.add(at, Syntax.invalid(name, "must name a page size, as hugepages-2Mi"));
      return;
    }
    if (size.value() <= 0 || amount.value() % size.value() != 0) {
      report.add(
          at, Syntax.invalid(amount.toString(), "must be a whole number of pages of " + size));
    }
  }
}
