package dev.gantry.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One pod's tie to a network with everything that its DEL needs: what the journal stores. It holds
 * the configuration as it was at ADD, since the file may have changed or gone by the time of DEL.
 *
 * @param capabilityArgs what was told to plug-ins by capability, port mappings above all
 * @param guest whether the addresses are not on the interface, see {@link AttachRequest}
 * @param result the last plug-in's, once ADD has succeeded
 */
record Attachment(
    String podId,
    State state,
    NetworkConfig network,
    Path netns,
    String interfaceName,
    String cniArgs,
    Json.Obj capabilityArgs,
    List<Path> pluginDirs,
    boolean guest,
    Optional<Json.Obj> result) {

  /**
   * How far it is.
   *
   * <pre>
   *   ADDING ──ADD worked──▶ ADDED
   *      │                     │
   *      └──▶ DELETING ◀───────┘ ──DEL worked──▶ no record
   * </pre>
   */
  enum State {
    /** Recorded, ADD is running or was cut short. */
    ADDING,
    /** The pod has its network. */
    ADDED,
    /** Its end was asked for; DEL is repeated until it works. */
    DELETING
  }

  Attachment added(CniResult made) {
    if (state != State.ADDING) {
      throw new IllegalStateException("network of pod " + podId + " is " + state);
    }
    return with(State.ADDED, Optional.of(made.raw()));
  }

  Attachment deleting() {
    return with(State.DELETING, result);
  }

  /** The same with an equal configuration, so that a hundred pods of one network hold it once. */
  Attachment sharing(NetworkConfig equal) {
    return new Attachment(
        podId,
        state,
        equal,
        netns,
        interfaceName,
        cniArgs,
        capabilityArgs,
        pluginDirs,
        guest,
        result);
  }

  /** What is left to delete when only the pod's id is known. */
  static Attachment unknown(String podId, NetworkConfig network, List<Path> pluginDirs) {
    return new Attachment(
        podId,
        State.DELETING,
        network,
        Path.of(""),
        PodNetworks.INTERFACE,
        "IgnoreUnknown=1;K8S_POD_INFRA_CONTAINER_ID=" + podId,
        Json.Obj.EMPTY,
        pluginDirs,
        true,
        Optional.empty());
  }

  private Attachment with(State newState, Optional<Json.Obj> newResult) {
    return new Attachment(
        podId,
        newState,
        network,
        netns,
        interfaceName,
        cniArgs,
        capabilityArgs,
        pluginDirs,
        guest,
        newResult);
  }

  boolean hasPortMappings() {
    return !capabilityArgs.list(CapabilityArgs.PORT_MAPPINGS).isEmpty();
  }

  Json.Obj toJson() {
    Json.Obj json =
        Json.Obj.EMPTY
            .with("podId", podId)
            .with("state", state.name())
            .with("network", network.raw())
            .with("netns", netns.toString())
            .with("interface", interfaceName)
            .with("args", cniArgs)
            .with("capabilityArgs", capabilityArgs)
            .with(
                "pluginDirs", Json.Arr.ofStrings(pluginDirs.stream().map(Path::toString).toList()))
            .with("guest", new Json.Bool(guest));
    return result.isPresent() ? json.with("result", result.get()) : json;
  }

  /** Reads what {@link #toJson} wrote. */
  static Attachment fromJson(Json.Obj json)
      throws NetworkConfig.InvalidException, JsonText.MalformedException {
    List<Path> dirs = new ArrayList<>();
    json.strings("pluginDirs").forEach(dir -> dirs.add(Path.of(dir)));
    State state;
    try {
      state = State.valueOf(text(json, "state"));
    } catch (IllegalArgumentException e) {
      throw new JsonText.MalformedException("its state is unknown", e);
    }
    return new Attachment(
        text(json, "podId"),
        state,
        NetworkConfig.ofList(json.object("network").orElse(Json.Obj.EMPTY)),
        Path.of(text(json, "netns")),
        text(json, "interface"),
        text(json, "args"),
        json.object("capabilityArgs").orElse(Json.Obj.EMPTY),
        List.copyOf(dirs),
        json.isTrue("guest"),
        json.object("result"));
  }

  private static String text(Json.Obj json, String name) throws JsonText.MalformedException {
    return json.string(name)
        .orElseThrow(() -> new JsonText.MalformedException("it has no \"" + name + "\""));
  }
}
