package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of all pods: attaching by CNI ADD, detaching by CNI DEL, and the journal that ties
 * the two together across failures and restarts.
 *
 * <p>Each pod's record is written before its ADD and goes when its DEL has worked; a DEL that fails
 * is repeated in the background. {@link #status} and {@link #find} are answered from memory and
 * wait for nothing.
 */
public final class PodNetworks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodNetworks.class);

  /** The pod's interface, which the kubelet's and all plug-ins' users expect under this name. */
  static final String INTERFACE = "eth0";

  private final NetworkSettings settings;
  private final NetworkCatalog catalog;
  private final ConfigWatch watch;
  private final Journal journal;
  private final CniNetwork cni;
  private final IptablesRules rules;
  private final DeleteRetries retries;
  private final KeyedLocks locks = new KeyedLocks();
  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
  private final Set<String> torn = ConcurrentHashMap.newKeySet();

  /** An attachment with its result as others read it, which is there when it is {@code ADDED}. */
  private record Entry(Attachment attachment, @Nullable PodNetwork network) {}

  /**
   * Reads the configuration and the journal; an unfinished end of a pod is taken up by {@link
   * #retryPending}.
   *
   * @param journalDir should survive a restart of the machine, as leases do
   * @throws IOException when the journal's directory cannot be read
   */
  public PodNetworks(NetworkSettings settings, Path journalDir) throws IOException {
    this(
        settings,
        journalDir,
        new SpawnPluginRunner(),
        Duration.ofSeconds(1),
        Duration.ofMinutes(1));
  }

  PodNetworks(
      NetworkSettings settings,
      Path journalDir,
      PluginRunner runner,
      Duration firstRetry,
      Duration longestRetry)
      throws IOException {
    this.settings = settings;
    this.journal = new Journal(journalDir);
    this.cni = new CniNetwork(new PluginProtocol(runner, settings.pluginTimeout()));
    this.rules = new IptablesRules(runner);
    this.retries = new DeleteRetries(this::detach, firstRetry, longestRetry);
    load();
    this.catalog = new NetworkCatalog(settings);
    this.watch = ConfigWatch.start(settings, catalog);
  }

  private void load() throws IOException {
    Journal.Left left = journal.load();
    torn.addAll(left.torn());
    for (Attachment attachment : left.attachments()) {
      entries.put(attachment.podId(), new Entry(attachment, networkOf(attachment)));
    }
  }

  private static @Nullable PodNetwork networkOf(Attachment attachment) {
    if (attachment.state() != Attachment.State.ADDED || attachment.result().isEmpty()) {
      return null;
    }
    NetworkConfig network = attachment.network();
    try {
      return CniResult.stored(attachment.result().get(), network.version())
          .toPodNetwork(network.name(), attachment.interfaceName());
    } catch (CniResult.BadResultException e) {
      log.warn("network of pod {}: {}", attachment.podId(), e.getMessage());
      return null;
    }
  }

  /** Whether pods can be given a network, and if not, why; from memory. */
  public NetworkStatus status() {
    watch.lookAgainSoon();
    return catalog.status();
  }

  /**
   * The pod's network as it was made; empty when it has none or it is not complete. From memory.
   */
  public Optional<PodNetwork> find(String podId) {
    Entry entry = entries.get(podId);
    return entry == null ? Optional.empty() : Optional.ofNullable(entry.network());
  }

  /**
   * Gives the pod its network. A repeated call with the same request gets the same answer; what a
   * failed one has made is deleted, now or in the background.
   *
   * @throws NetworkException when there is no network, or a plug-in fails; a failed clean-up is
   *     suppressed in it
   */
  public PodNetwork attach(AttachRequest request) throws NetworkException {
    String podId = request.podId();
    try (var held = locks.lock(podId)) {
      Entry existing = entries.get(podId);
      if (existing != null && existing.network() != null) {
        return sameOrRefuse(existing.attachment(), existing.network(), request);
      }
      if (existing != null || torn.contains(podId)) {
        delete(podId); // what an earlier attempt has left must not be added to
      }
      NetworkConfig network = catalog.choose(!request.ports().isEmpty());
      return add(
          new Attachment(
              podId,
              Attachment.State.ADDING,
              network,
              request.netns(),
              INTERFACE,
              request.cniArgs(),
              CapabilityArgs.of(request, network),
              settings.pluginDirs(),
              Optional.empty()));
    }
  }

  private static PodNetwork sameOrRefuse(
      Attachment existing, PodNetwork network, AttachRequest request) throws NetworkException {
    Json.Obj args = CapabilityArgs.of(request, existing.network());
    if (existing.netns().equals(request.netns())
        && existing.cniArgs().equals(request.cniArgs())
        && existing.capabilityArgs().equals(args)) {
      return network;
    }
    throw new NetworkException.BadRequest(
        "pod "
            + request.podId()
            + " is attached to network "
            + network.networkName()
            + " already, in "
            + existing.netns()
            + " with other arguments");
  }

  private PodNetwork add(Attachment intent) throws NetworkException {
    String podId = intent.podId();
    journal.write(intent);
    entries.put(podId, new Entry(intent, null));
    try {
      CniResult result = cni.add(intent);
      PodNetwork network = readable(result, intent);
      Attachment added = intent.added(result);
      journal.write(added);
      entries.put(podId, new Entry(added, network));
      return network;
    } catch (NetworkException | RuntimeException e) {
      undo(podId, e);
      throw e;
    }
  }

  private static PodNetwork readable(CniResult result, Attachment pod) throws NetworkException {
    try {
      return result.toPodNetwork(pod.network().name(), pod.interfaceName());
    } catch (CniResult.BadResultException e) {
      throw new NetworkException.PluginFailed(
          pod.network().plugins().getLast().type(),
          0,
          "",
          "CNI ADD of network " + pod.network().name() + ": its result: " + e.getMessage(),
          e);
    }
  }

  private void undo(String podId, Exception failure) {
    try {
      delete(podId);
    } catch (NetworkException e) {
      failure.addSuppressed(e);
      retries.scheduleAfterFailure(podId);
    }
  }

  /**
   * Takes the pod's network away; idempotent, and succeeds for a pod that has none.
   *
   * @throws NetworkException when a plug-in's DEL fails; it is then repeated in the background
   *     until it works
   */
  public void detach(String podId) throws NetworkException {
    if (!entries.containsKey(podId) && !torn.contains(podId)) {
      return;
    }
    try (var held = locks.lock(podId)) {
      delete(podId);
    } catch (NetworkException e) {
      retries.scheduleAfterFailure(podId);
      throw e;
    }
  }

  /** Needs the pod's lock. */
  private void delete(String podId) throws NetworkException {
    Entry entry = entries.get(podId);
    if (entry == null) {
      deleteTorn(podId);
      return;
    }
    Attachment pod = entry.attachment();
    if (pod.state() != Attachment.State.DELETING) {
      pod = pod.deleting();
      entries.put(podId, new Entry(pod, null));
      recordIfPossible(pod);
    }
    deleteByPlugins(pod);
    journal.delete(podId);
    entries.remove(podId);
    boolean lastMapping =
        pod.hasPortMappings()
            && entries.values().stream().noneMatch(other -> other.attachment().hasPortMappings());
    if (lastMapping) {
      rules.removeUnusedHostPorts();
    }
  }

  /** A full disk must not keep a pod from being deleted. */
  private void recordIfPossible(Attachment pod) {
    try {
      journal.write(pod);
    } catch (NetworkException.JournalFailed e) {
      log.warn("{}", e.getMessage());
    }
  }

  private void deleteByPlugins(Attachment pod) throws NetworkException {
    boolean blind = !CniNetwork.isNamespace(pod.netns());
    cni.del(pod);
    if (blind) {
      // Without the namespace the bridge plug-in does not learn the address, and leaves the rules
      // made for it.
      rules.removePod(pod.network().name(), pod.podId());
    }
  }

  /**
   * A record that power loss has cut tells only that the pod had a network, which was the
   * configured one.
   */
  private void deleteTorn(String podId) throws NetworkException {
    if (!torn.contains(podId)) {
      return;
    }
    NetworkConfig network = catalog.choose(true);
    deleteByPlugins(Attachment.unknown(podId, network, settings.pluginDirs()));
    journal.delete(podId);
    torn.remove(podId);
  }

  /**
   * Asks the plug-ins whether the pod's network is still as it was made (CNI CHECK).
   *
   * @throws NetworkException when it is not, or the pod has none
   */
  public void check(String podId) throws NetworkException {
    try (var held = locks.lock(podId)) {
      Entry entry = entries.get(podId);
      if (entry == null || entry.network() == null) {
        throw new NetworkException.BadRequest("pod " + podId + " has no network to check");
      }
      cni.check(entry.attachment());
    }
  }

  /**
   * Starts the end, in the background, of every attachment that no live pod owns or whose end was
   * begun before.
   *
   * @param livePods ids of pods that exist, ready or not
   */
  public void retryPending(Set<String> livePods) {
    entries.forEach((podId, entry) -> {
      if (entry.attachment().state() == Attachment.State.DELETING || !livePods.contains(podId)) {
        retries.schedule(podId, Duration.ZERO);
      }
    });
    torn.forEach(podId -> retries.schedule(podId, Duration.ZERO));
  }

  /** Pods whose network is not deleted yet though its end was begun, or whose record is torn. */
  public Set<String> pending() {
    Set<String> pods = new TreeSet<>(torn);
    entries.forEach((podId, entry) -> {
      if (entry.attachment().state() == Attachment.State.DELETING) {
        pods.add(podId);
      }
    });
    return pods;
  }

  /**
   * Drops the pod's record without DEL: for an operator who knows that its plug-ins will never work
   * again.
   *
   * @return whether there was one
   * @throws NetworkException when the record cannot be deleted
   */
  public boolean forget(String podId) throws NetworkException {
    try (var held = locks.lock(podId)) {
      journal.delete(AttachRequest.requirePodId(podId));
      boolean wasTorn = torn.remove(podId);
      return entries.remove(podId) != null || wasTorn;
    }
  }

  /**
   * Stops watching and retrying; pods keep their networks and the journal keeps what is left to do.
   */
  @Override
  public void close() {
    watch.close();
    retries.close();
  }
}
