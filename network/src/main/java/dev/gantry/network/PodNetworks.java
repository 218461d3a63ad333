package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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
  /** The pod's interface: the kubelet and all who look into pods expect this name. */
  static final String INTERFACE = "eth0";

  private static final Logger log = LoggerFactory.getLogger(PodNetworks.class);
  private static final Duration GARBAGE_PAUSE = Duration.ofMillis(50);

  private final NetworkSettings settings;
  private final Attachments attachments;
  private final NetworkCatalog catalog;
  private final ConfigWatch watch;
  private final CniNetwork cni;
  private final IptablesRules rules;
  private final DeleteRetries retries;
  private final NetworkChecks checks;
  private final KeyedLocks locks = new KeyedLocks();

  /**
   * Read by who adds or deletes, written by who collects garbage: the specification has the one
   * wait for the other (SPEC.md, section 3).
   */
  private final ReentrantReadWriteLock changing = new ReentrantReadWriteLock();

  /**
   * Reads the configuration and the journal; an unfinished end of a pod is taken up by {@link
   * #retryPending}.
   *
   * @param journalDir should survive a restart of the machine, as the leases of most networks do
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
    this.attachments = new Attachments(new Journal(journalDir));
    this.cni = new CniNetwork(new PluginProtocol(runner, settings.pluginTimeout()));
    this.rules = new IptablesRules(runner);
    this.retries = new DeleteRetries(this::detach, firstRetry, longestRetry);
    this.checks =
        new NetworkChecks(this::check, firstRetry.multipliedBy(10), longestRetry.multipliedBy(10));
    this.catalog = new NetworkCatalog(settings, cni);
    this.watch = ConfigWatch.start(settings, catalog);
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
    return attachments.find(podId).flatMap(Attachments.Entry::complete);
  }

  /**
   * Gives the pod its network. A repeated call with the same request gets the same answer; what a
   * failed one has made is deleted, now or in the background.
   *
   * @throws NetworkException when there is no network, or a plug-in fails; a failed clean-up is
   *     suppressed in it
   */
  public PodNetwork attach(AttachRequest request) throws NetworkException {
    return locks.locked(request.podId(), () -> attachLocked(request));
  }

  private PodNetwork attachLocked(AttachRequest request) throws NetworkException {
    String podId = request.podId();
    Optional<Attachments.Entry> existing = attachments.find(podId);
    Optional<PodNetwork> complete = existing.flatMap(Attachments.Entry::complete);
    if (complete.isPresent()) {
      return sameOrRefuse(existing.get().attachment(), complete.get(), request);
    }
    deleteOrRetry(podId); // what an earlier attempt has left must not be added to
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
            request.guest(),
            Optional.empty()));
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
    changing.readLock().lock();
    try {
      return recordAndAdd(intent);
    } finally {
      changing.readLock().unlock();
    }
  }

  private PodNetwork recordAndAdd(Attachment intent) throws NetworkException {
    attachments.put(intent, null);
    try {
      CniResult result = cni.add(intent);
      PodNetwork network = readable(result, intent);
      attachments.put(intent.added(result), network);
      return network;
    } catch (NetworkException | RuntimeException e) {
      undo(intent.podId(), e);
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
      deleteOrRetry(podId);
    } catch (NetworkException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Takes the pod's network away; idempotent, and succeeds for a pod that has none.
   *
   * @throws NetworkException when a plug-in's DEL fails; it is then repeated in the background
   *     until it works
   */
  public void detach(String podId) throws NetworkException {
    if (isAttached(podId)) {
      locks.locked(podId, () -> deleteOrRetry(podId));
    }
  }

  /** Whether anything is left of the pod's network, or of an attempt to make it; from memory. */
  public boolean isAttached(String podId) {
    return attachments.knows(podId);
  }

  /**
   * Says that the pod had a network in an earlier boot. Where no record tells of it, which power
   * loss may have taken whole, it is deleted like one of a torn record.
   */
  public void wasAttached(String podId) {
    attachments.requireRecord(podId);
  }

  private boolean deleteOrRetry(String podId) throws NetworkException {
    try {
      return delete(podId);
    } catch (NetworkException e) {
      retries.scheduleAfterFailure(podId);
      throw e;
    }
  }

  /** Needs the pod's lock; answers whether there was anything to delete. */
  private boolean delete(String podId) throws NetworkException {
    Optional<Attachments.Entry> entry = attachments.find(podId);
    if (entry.isEmpty()) {
      return attachments.isTorn(podId) && deleteTorn(podId);
    }
    Attachment pod = entry.get().attachment();
    if (pod.state() != Attachment.State.DELETING) {
      pod = pod.deleting();
      attachments.putDeleting(pod);
    }
    end(pod);
    if (pod.hasPortMappings() && !attachments.anyHasPortMappings()) {
      rules.removeUnusedHostPorts();
    }
    return true;
  }

  /**
   * A record that power loss has cut tells only that the pod had a network, which was the
   * configured one.
   */
  private boolean deleteTorn(String podId) throws NetworkException {
    NetworkConfig network = catalog.configured();
    return end(Attachment.unknown(podId, network, settings.pluginDirs()));
  }

  private boolean end(Attachment pod) throws NetworkException {
    changing.readLock().lock();
    try {
      deleteByPlugins(pod);
      return attachments.remove(pod.podId());
    } finally {
      changing.readLock().unlock();
    }
  }

  private void deleteByPlugins(Attachment pod) throws NetworkException {
    if (attachments.wasCutShort(pod.podId())) {
      OrphanedPlugins.kill(pod.podId());
    }
    boolean blind = pod.guest() || !CniNetwork.isNamespace(pod.netns());
    cni.del(pod);
    if (blind) {
      // The bridge plug-in learns the addresses from the interface; without one, or with none on
      // it, it leaves the rules made for them.
      rules.removePod(pod.network().name(), pod.podId());
    }
  }

  /**
   * Makes a configuration for the node's pod CIDRs, where a template is configured and nobody else
   * has put a configuration there.
   *
   * @param cidrs at least one
   * @throws IOException when it cannot be made or written
   */
  public void podCidrs(List<String> cidrs) throws IOException {
    ConfTemplate template = settings.template();
    if (template != null) {
      new TemplatedConfig(settings.configDirs().getFirst()).write(template.render(cidrs));
      catalog.refresh(true);
    }
  }

  /**
   * Asks the plug-ins, in the background, whether the networks of these pods are still as they were
   * made (CNI CHECK). What they say is wrong is in the log and in {@link #damage}; nothing is done
   * about it, and it is asked again until it is right or the pod is gone.
   *
   * @param livePods ids of pods, of which some may have no network
   */
  public void checkAll(Set<String> livePods) {
    checks.begin(livePods);
  }

  /** What plug-ins have said is wrong with pods' networks, by the pods' ids; from memory. */
  public Map<String, String> damage() {
    Map<String, String> damage = new HashMap<>(checks.damage());
    damage.keySet().removeIf(podId -> find(podId).isEmpty());
    return damage;
  }

  /**
   * Asks the plug-ins once; a kernel of the pod's own has taken over what they would look for.
   *
   * @return whether there was a network to ask for
   * @throws NetworkException when it is not as it was made
   */
  boolean check(String podId) throws NetworkException {
    return locks.locked(podId, () -> checkLocked(podId));
  }

  private boolean checkLocked(String podId) throws NetworkException {
    Optional<Attachments.Entry> entry = attachments.find(podId);
    if (entry.isEmpty() || entry.get().complete().isEmpty() || entry.get().attachment().guest()) {
      return false;
    }
    cni.check(entry.get().attachment());
    return true;
  }

  /**
   * Starts the end, in the background, of every attachment that no live pod owns or whose end was
   * begun before.
   *
   * @param livePods ids of pods that exist, ready or not
   */
  public void retryPending(Set<String> livePods) {
    Set<String> ending = attachments.ending(podId -> !livePods.contains(podId));
    ending.forEach(podId -> retries.schedule(podId, Duration.ZERO));
    Thread.ofVirtual().name("cni-gc").start(() -> collectGarbage(ending));
  }

  /**
   * Has plug-ins that can drop what no attachment of ours owns (CNI GC), as after a power loss that
   * has taken our records.
   */
  private void collectGarbage(Set<String> ending) {
    try {
      for (NetworkConfig network : catalog.networks()) {
        // Who waited for it would hold up every pod that starts meanwhile.
        while (!changing.writeLock().tryLock()) {
          Thread.sleep(GARBAGE_PAUSE);
        }
        try {
          cni.collectGarbage(
              network, settings.pluginDirs(), attachments.of(network.name(), ending));
        } catch (NetworkException e) {
          log.warn("{}", e.getMessage());
        } finally {
          changing.writeLock().unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pods whose network is not deleted yet though its end was begun, or whose record is torn. */
  public Set<String> pending() {
    return attachments.ending(podId -> false);
  }

  /**
   * Stops watching and retrying; pods keep their networks and the journal keeps what is left to do.
   */
  @Override
  public void close() {
    watch.close();
    checks.close();
    retries.close();
  }
}
