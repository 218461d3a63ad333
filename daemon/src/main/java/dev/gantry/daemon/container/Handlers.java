package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.daemon.rpc.CallFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The OCI runtimes by handler name (RuntimeClass's {@code handler}), and the one for pods that name
 * none.
 */
public final class Handlers implements AutoCloseable {
  /** For {@link #Handlers}: pods that name no handler get the first that works. */
  public static final String FIRST = "";

  private final String wantedDefault;
  private final Function<String, ContainerRuntime> departed;
  private final ConcurrentHashMap<String, ContainerRuntime> gone = new ConcurrentHashMap<>();
  private final List<ContainerRuntime> replaced = new ArrayList<>();
  private volatile Map<String, Trial> trials;
  private boolean closed;
  private volatile String defaultName;

  /**
   * What came of trying a handler.
   *
   * @param runtime what makes and ends its containers; null where its program is not there
   * @param problem why no new container can be made with it; null when it works
   */
  public record Trial(@Nullable ContainerRuntime runtime, @Nullable String problem) {
    /** Whether its trial container ran. */
    public boolean works() {
      return problem == null;
    }
  }

  /**
   * The handlers as found at start.
   *
   * @param trials in the order of the configuration
   * @param wantedDefault the handler of pods that name none, or {@link #FIRST}
   * @param departed makes what ends the containers of a handler whose program or table is gone
   */
  public Handlers(
      Map<String, Trial> trials,
      String wantedDefault,
      Function<String, ContainerRuntime> departed) {
    this.trials = Collections.unmodifiableMap(new LinkedHashMap<>(trials));
    this.wantedDefault = wantedDefault;
    this.defaultName = firstDefault();
    this.departed = departed;
  }

  private String firstDefault() {
    Map<String, ContainerRuntime> working = working();
    if (!wantedDefault.equals(FIRST)) {
      return working.containsKey(wantedDefault) ? wantedDefault : "";
    }
    return working.keySet().stream().findFirst().orElse("");
  }

  /**
   * A handler that did not work was tried again. The default stays what it was, if there is one.
   */
  public synchronized void triedAgain(String name, Trial trial) {
    Trial before = Objects.requireNonNull(trials.get(name));
    Trial now = trial;
    if (closed || (!trial.works() && before.runtime() != null)) {
      if (trial.runtime() != null) {
        trial.runtime().close();
      }
      now = new Trial(before.runtime(), trial.problem());
    } else if (before.runtime() != null) {
      // Whoever has it at hand goes on with it.
      replaced.add(before.runtime());
    }
    var all = new LinkedHashMap<>(trials);
    all.put(name, now);
    trials = Collections.unmodifiableMap(all);
    if (defaultName.isEmpty()) {
      defaultName = firstDefault();
    }
  }

  /** The handlers whose program is there, also where no new container can be made with it. */
  public Map<String, ContainerRuntime> known() {
    var known = new LinkedHashMap<String, ContainerRuntime>();
    trials.forEach((name, trial) -> {
      if (trial.runtime() != null) {
        known.put(name, trial.runtime());
      }
    });
    return known;
  }

  /** The handlers that work. */
  public Map<String, ContainerRuntime> working() {
    var working = new LinkedHashMap<String, ContainerRuntime>();
    trials.forEach((name, trial) -> {
      if (trial.works()) {
        working.put(name, Objects.requireNonNull(trial.runtime()));
      }
    });
    return working;
  }

  /** Why the others do not. */
  public Map<String, String> refused() {
    var refused = new LinkedHashMap<String, String>();
    trials.forEach((name, trial) -> {
      if (trial.problem() != null) {
        refused.put(name, trial.problem());
      }
    });
    return refused;
  }

  /** The name of the default handler, empty when nothing works. */
  public String defaultName() {
    return defaultName;
  }

  /**
   * The name of the handler that a request means.
   *
   * @param requested as in the request; empty for the default
   * @throws CallFailure when there is none of that name, or it does not work here
   */
  public String resolve(String requested) throws CallFailure {
    String name = requested.isEmpty() ? defaultName : requested;
    if (name.isEmpty()) {
      throw CallFailure.precondition("no OCI runtime works here: " + refused());
    }
    Trial trial = trials.get(name);
    if (trial == null) {
      throw CallFailure.invalid(
          "runtime_handler " + name + " is not configured; there are " + working().keySet());
    }
    if (!trial.works()) {
      throw CallFailure.precondition(
          "runtime handler "
              + name
              + " does not work here: "
              + trial.problem()
              + " (it is tried again every minute)");
    }
    return name;
  }

  /**
   * The runtime with which something was made: it ends and removes containers also where it makes
   * no new ones any more, and where neither its table nor its program is there.
   */
  public ContainerRuntime get(String name) {
    Trial trial = trials.get(name);
    return trial != null && trial.runtime() != null
        ? trial.runtime()
        : gone.computeIfAbsent(name, departed);
  }

  /** The cgroup that counts what a container uses, and has its limits. */
  public String innerCgroup(ContainerRecord container) {
    Trial trial = trials.get(container.getHandler());
    String path = container.getCgroupPath();
    return trial == null || trial.runtime() == null ? path : trial.runtime().innerCgroup(path);
  }

  @Override
  public synchronized void close() {
    closed = true;
    known().values().forEach(ContainerRuntime::close);
    replaced.forEach(ContainerRuntime::close);
    gone.values().forEach(ContainerRuntime::close);
  }
}
