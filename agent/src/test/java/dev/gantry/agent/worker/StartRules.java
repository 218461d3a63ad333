package dev.gantry.agent.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** In which order, and how soon again, the containers of a pod may start, and who broke that. */
public final class StartRules {
  private final Map<String, List<String>> requires = new HashMap<>();
  private final Set<String> inits = new HashSet<>();
  private final Set<String> beginAnew = new HashSet<>();
  private final Map<String, Integer> startsIn = new HashMap<>();
  private final Set<String> done = new HashSet<>();
  private final Map<String, Life> lastLife = new HashMap<>();

  private record Life(Instant created, Instant ended) {}

  /** Before it starts, these must have done their part in the same sandbox. */
  void require(String name, List<String> before) {
    requires.put(name, before);
  }

  /** These have done their part when they have succeeded; others when they have started. */
  void init(String... names) {
    inits.addAll(List.of(names));
  }

  /** These owe nothing in a new sandbox, for which they run anew. */
  void beginAnew(String name) {
    beginAnew.add(name);
  }

  void started(String sandbox, String name, int attempt, Instant now, List<String> violations) {
    for (String needed : requires.getOrDefault(name, List.of())) {
      if (!done.contains(sandbox + "/" + needed)) {
        violations.add(name + " before " + needed);
      }
    }
    if (inits.contains(name)) {
      return;
    }
    done.add(sandbox + "/" + name);
    // Whoever ended soon after another restart has to wait, whichever agent counted the restarts.
    Life before = lastLife.get(name);
    int starts = startsIn.merge(sandbox + "/" + name, 1, Integer::sum);
    if (before != null
        && attempt > 1
        && (starts > 2 || !beginAnew.contains(name))
        && Duration.between(before.created, before.ended).toMinutes() < 10
        && Duration.between(before.ended, now).toSeconds() < 10) {
      violations.add(name + " was started again at once, as number " + attempt);
    }
  }

  void ended(String sandbox, String name, Instant created, Instant ended, int code) {
    lastLife.put(name, new Life(created, ended));
    if (code == 0) {
      done.add(sandbox + "/" + name);
    }
  }
}
