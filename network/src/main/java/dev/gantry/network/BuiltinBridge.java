package dev.gantry.network;

import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.net.Link;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A network for one machine with no cluster: a bridge with NAT and port mappings, by the standard
 * plug-ins.
 *
 * <p>Name and subnet derive from the state directory, so that daemons beside each other stay apart;
 * a subnet that overlaps with what the host has is passed over for the next. The choice is recorded
 * and kept for as long as it does not come to clash while the bridge is down.
 */
public final class BuiltinBridge {
  /** The programs that it needs. */
  static final List<String> PLUGINS = List.of("bridge", "host-local", "portmap");

  private final Path dir;
  private final String id;
  private final PluginRunner runner;
  private final ReentrantLock choosing = new ReentrantLock();
  private @Nullable Choice chosen;

  /**
   * What was decided at first use.
   *
   * @param mtu that of the host's way out
   * @param forwarding whether the host forwarded packets before the bridge came
   */
  private record Choice(Subnet subnet, int mtu, boolean forwarding) {}

  /** The bridge of the daemon with this state directory; nothing is made before a pod needs it. */
  public static BuiltinBridge in(Path stateDir) {
    return new BuiltinBridge(stateDir, new SpawnPluginRunner());
  }

  BuiltinBridge(Path stateDir, PluginRunner runner) {
    this.dir = stateDir.toAbsolutePath().normalize().resolve("network");
    this.id = hash(stateDir.toAbsolutePath().normalize().toString());
    this.runner = runner;
  }

  /** The bridge's interface name, at most 15 characters. */
  public String bridgeName() {
    return "gnt" + id;
  }

  /** The CNI network's name. */
  public String networkName() {
    return "gantry-" + id;
  }

  /** The subnet as {@code a.b.c.d/n}, empty as long as no pod has needed it. */
  public Optional<String> subnet() throws IOException {
    return read().map(choice -> choice.subnet().toString());
  }

  /** Whether the bridge is there. */
  public boolean isUp() throws IOException {
    return Links.exists(bridgeName());
  }

  /**
   * Takes away the bridge, its rules and its leases, and turns forwarding off if it was off before
   * and nothing came since that may rely on it; idempotent. Pods that are still attached lose their
   * network.
   *
   * @throws IOException when the interface or the directory cannot be deleted
   */
  public void remove() throws IOException {
    Optional<Link> bridge = Links.find(bridgeName());
    if (bridge.isPresent()) {
      Links.delete(bridgeName());
      if (read().filter(choice -> !choice.forwarding()).isPresent()) {
        Forwarding.turnOffAfter(bridge.get());
      }
    }
    IptablesRules rules = new IptablesRules(runner);
    rules.removeNetwork(networkName());
    rules.removeUnusedHostPorts();
    choosing.lock();
    try {
      chosen = null;
      DeleteTree.delete(dir);
    } finally {
      choosing.unlock();
    }
  }

  /** The configuration for the next pod; without port mappings the plug-in for them is left out. */
  NetworkConfig network(boolean withPorts) throws IOException {
    Choice choice = choose();
    Json.Obj bridge =
        Json.Obj.EMPTY
            .with("type", "bridge")
            .with("bridge", bridgeName())
            .with("isGateway", new Json.Bool(true))
            .with("ipMasq", new Json.Bool(true))
            .with("hairpinMode", new Json.Bool(true))
            .with("mtu", Json.Num.of(choice.mtu()))
            .with("ipam", ipam(choice.subnet()));
    Json.Obj portmap =
        Json.Obj.EMPTY
            .with("type", "portmap")
            .with("snat", new Json.Bool(true))
            .with(
                "capabilities",
                Json.Obj.EMPTY.with(CapabilityArgs.PORT_MAPPINGS, new Json.Bool(true)));
    Json.Obj list =
        Json.Obj.EMPTY
            .with("cniVersion", CniVersion.V1_0_0.text())
            .with("name", networkName())
            .with("plugins", new Json.Arr(withPorts ? List.of(bridge, portmap) : List.of(bridge)));
    try {
      return NetworkConfig.ofList(list);
    } catch (NetworkConfig.InvalidException e) {
      throw new IllegalStateException("the built-in network is invalid", e);
    }
  }

  private Json.Obj ipam(Subnet subnet) {
    Json range = Json.Obj.EMPTY.with("subnet", subnet.toString());
    return Json.Obj.EMPTY
        .with("type", "host-local")
        .with("dataDir", dir.resolve("leases").toString())
        .with("ranges", new Json.Arr(List.of(new Json.Arr(List.of(range)))))
        .with("routes", new Json.Arr(List.of(Json.Obj.EMPTY.with("dst", "0.0.0.0/0"))));
  }

  private Choice choose() throws IOException {
    choosing.lock();
    try {
      Choice current = chosen;
      // While the bridge is up its subnet is in use, by us; while it is down somebody else may have
      // come to use it.
      if (current == null || !isUp()) {
        Optional<Choice> recorded = current == null ? read() : Optional.of(current);
        current = isUp() && recorded.isPresent() ? recorded.get() : free(recorded);
        new IptablesRules(runner).allowForwarding(bridgeName(), networkName());
        if (!recorded.equals(Optional.of(current))) {
          write(current);
        }
        chosen = current;
      }
      return current;
    } finally {
      choosing.unlock();
    }
  }

  private Choice free(Optional<Choice> recorded) throws IOException {
    // Both before the looks at the bridge: the plug-in turns forwarding on when its bridge is
    // there.
    boolean forwarding = Forwarding.isOn();
    List<Subnet> used = HostAddresses.inUse();
    // Another pod's ADD may be making the bridge at this moment: then it is in use by ourselves.
    // The look comes after the list, since whatever has an address is there.
    if (recorded.isPresent()
        && (isUp() || used.stream().noneMatch(recorded.get().subnet()::overlaps))) {
      Choice before = recorded.get();
      return new Choice(before.subnet(), before.mtu(), isUp() ? before.forwarding() : forwarding);
    }
    Subnet subnet =
        SubnetCandidates.startingAt(Integer.parseUnsignedInt(id, 16))
            .filter(candidate -> used.stream().noneMatch(candidate::overlaps))
            .findFirst()
            .orElseThrow(() ->
                new IOException(
                    "no free subnet for bridge "
                        + bridgeName()
                        + ": the host's routes cover all of "
                        + SubnetCandidates.DESCRIPTION));
    return new Choice(subnet, HostAddresses.mtu(), forwarding);
  }

  private Optional<Choice> read() throws IOException {
    try {
      return Records.read(record())
          .flatMap(json ->
              json.string("subnet")
                  .map(text -> new Choice(Subnet.parse(text), mtu(json), forwarding(json))));
    } catch (JsonText.MalformedException | IllegalArgumentException e) {
      return Optional.empty(); // torn by a power loss, after which there is no bridge: choose again
    }
  }

  private static int mtu(Json.Obj json) {
    return json.get("mtu").orElse(Json.Num.of(1500)) instanceof Json.Num(var mtu)
        ? mtu.intValue()
        : 1500;
  }

  /** What is not known is left as it is. */
  private static boolean forwarding(Json.Obj json) {
    return !(json.get("forwarding").orElse(new Json.Bool(true)) instanceof Json.Bool(var on)) || on;
  }

  private void write(Choice choice) throws IOException {
    Files.createDirectories(dir, Records.PRIVATE);
    Records.write(
        record(),
        Json.Obj.EMPTY
            .with("bridge", bridgeName())
            .with("network", networkName())
            .with("subnet", choice.subnet().toString())
            .with("mtu", Json.Num.of(choice.mtu()))
            .with("forwarding", new Json.Bool(choice.forwarding())));
  }

  private Path record() {
    return dir.resolve("bridge");
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
