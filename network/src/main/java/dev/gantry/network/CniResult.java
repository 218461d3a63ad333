package dev.gantry.network;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A plug-in's result in any form of the specification, from 0.1.0 (ip4/ip6) over 0.3.x and 0.4.0
 * (ips with a version) to 1.x.
 *
 * @param version of the form
 */
record CniResult(CniVersion version, Json.Obj raw) {

  /** What was answered is no result; the message says why. */
  static final class BadResultException extends Exception {
    private static final long serialVersionUID = 1L;

    BadResultException(String message) {
      super(message);
    }
  }

  /** An address of the result with the interface it is on. */
  private record Ip(
      InetAddress address, @Nullable InetAddress gateway, OptionalInt interfaceIndex) {}

  /**
   * Reads a plug-in's answer and brings it to the form that the configuration speaks, as the next
   * plug-in needs it.
   */
  static CniResult read(String stdout, CniVersion wanted) throws BadResultException {
    Json.Obj raw;
    try {
      raw = JsonText.parse(stdout);
    } catch (JsonText.MalformedException e) {
      throw new BadResultException(e.getMessage() == null ? "it is not JSON" : e.getMessage());
    }
    String text = raw.string("cniVersion").filter(v -> !v.isEmpty()).orElse(wanted.text());
    CniVersion version =
        CniVersion.of(text)
            .orElseThrow(() -> new BadResultException("its cniVersion " + text + " is unknown"));
    return new CniResult(version, raw).as(wanted);
  }

  /** A result that was stored in the form it says it has. */
  static CniResult stored(Json.Obj raw, CniVersion version) {
    return new CniResult(version, raw);
  }

  private static boolean oldForm(CniVersion version) {
    return !version.atLeast(CniVersion.V0_3_0);
  }

  private CniResult as(CniVersion wanted) throws BadResultException {
    if (oldForm(version) != oldForm(wanted)) {
      throw new BadResultException(
          "its cniVersion is " + version.text() + ", the configuration's is " + wanted.text());
    }
    Json.Obj converted = raw.with("cniVersion", wanted.text());
    if (!oldForm(wanted)
        && version.atLeast(CniVersion.V1_0_0) != wanted.atLeast(CniVersion.V1_0_0)) {
      List<Json> ips = new ArrayList<>();
      for (Json entry : raw.list("ips")) {
        ips.add(withFamily(entry, !wanted.atLeast(CniVersion.V1_0_0)));
      }
      if (!ips.isEmpty()) {
        converted = converted.with("ips", new Json.Arr(ips));
      }
    }
    return new CniResult(wanted, converted);
  }

  /** The one difference between 0.3.0–0.4.0 and 1.x: each address says its family, or does not. */
  private static Json withFamily(Json entry, boolean stated) {
    if (!(entry instanceof Json.Obj ip)) {
      return entry;
    }
    boolean six = ip.string("address").orElse("").indexOf(':') >= 0;
    return stated ? ip.with("version", six ? "6" : "4") : ip.without("version");
  }

  /** The pod's network as this result tells it. */
  PodNetwork toPodNetwork(String networkName, String interfaceName) throws BadResultException {
    List<Json> interfaces = raw.list("interfaces");
    List<Ip> all = allIps();
    List<Ip> ips = new ArrayList<>();
    for (Ip ip : all) {
      if (ofPod(ip, interfaces)) {
        ips.add(ip);
      }
    }
    if (ips.isEmpty()) {
      ips = all; // from a plug-in that fills in no "sandbox"
    }
    if (ips.isEmpty()) {
      throw new BadResultException("it gives the pod no IP address");
    }
    return new PodNetwork(
        networkName,
        interfaceName,
        ips.stream().map(Ip::address).toList(),
        ips.getFirst().gateway(),
        mac(interfaces, interfaceName),
        JsonText.string(raw));
  }

  /**
   * An address is the pod's unless it is said to be on an interface outside of the pod's namespace.
   */
  private static boolean ofPod(Ip ip, List<Json> interfaces) throws BadResultException {
    if (ip.interfaceIndex().isEmpty()) {
      return true;
    }
    int index = ip.interfaceIndex().getAsInt();
    if (index < 0 || index >= interfaces.size()) {
      throw new BadResultException(
          "address "
              + ip.address().getHostAddress()
              + " is on interface number "
              + index
              + ", which it does not list");
    }
    return interfaces.get(index) instanceof Json.Obj object
        && !object.string("sandbox").orElse("").isEmpty();
  }

  private static @Nullable String mac(List<Json> interfaces, String interfaceName) {
    return interfaces.stream()
        .filter(entry -> entry instanceof Json.Obj)
        .map(entry -> (Json.Obj) entry)
        .filter(object ->
            object.string("name").orElse("").equals(interfaceName)
                && !object.string("sandbox").orElse("").isEmpty())
        .flatMap(object -> object.string("mac").stream())
        .findFirst()
        .orElse(null);
  }

  /** A result that does not say which addresses the interfaces outside of the pod have. */
  static Json.Obj withoutMacsOfNode(Json.Obj result) {
    List<Json> interfaces =
        result.list("interfaces").stream().map(CniResult::withoutMacOfNode).toList();
    return interfaces.isEmpty() ? result : result.with("interfaces", new Json.Arr(interfaces));
  }

  private static Json withoutMacOfNode(Json entry) {
    return entry instanceof Json.Obj link && link.string("sandbox").orElse("").isEmpty()
        ? link.without("mac")
        : entry;
  }

  private List<Ip> allIps() throws BadResultException {
    List<Ip> ips = new ArrayList<>();
    for (Json entry : raw.list("ips")) {
      if (!(entry instanceof Json.Obj ip)) {
        throw new BadResultException("an entry of its \"ips\" is no object");
      }
      ips.add(
          new Ip(
              address(ip.string("address").orElse("")),
              gateway(ip),
              ip.get("interface").orElse(new Json.Null()) instanceof Json.Num(var index)
                  ? OptionalInt.of(index.intValue())
                  : OptionalInt.empty()));
    }
    for (String family : List.of("ip4", "ip6")) {
      var old = raw.object(family);
      if (old.isPresent()) {
        ips.add(
            new Ip(
                address(old.get().string("ip").orElse("")),
                gateway(old.get()),
                OptionalInt.empty()));
      }
    }
    return ips;
  }

  private static @Nullable InetAddress gateway(Json.Obj ip) throws BadResultException {
    String text = ip.string("gateway").orElse("");
    return text.isEmpty() ? null : address(text);
  }

  private static InetAddress address(String text) throws BadResultException {
    int slash = text.indexOf('/');
    try {
      return InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
    } catch (IllegalArgumentException e) {
      throw new BadResultException("\"" + text + "\" is no IP address");
    }
  }
}
