package dev.gantry.cli.demo;

import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PodConfigs;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PortMapping;
import java.util.List;
import java.util.UUID;

/** The demo's pod: a web server, and a client that asks it over localhost each second. */
final class DemoPod {
  static final int WEB_PORT = 8080;
  private static final String NAME = "demo";

  private DemoPod() {}

  static PodSandboxConfig pod(Places places, int hostPort) {
    return PodConfigs.pod(NAME, "default", UUID.randomUUID().toString(), places.podLogs(), false)
        .addPortMappings(PortMapping.newBuilder().setContainerPort(WEB_PORT).setHostPort(hostPort))
        .build();
  }

  static ContainerConfig server(PodSandboxConfig pod, String image) {
    return PodConfigs.container(pod, "web", image)
        .addAllCommand(List.of("httpd", "-f", "-vv", "-p", String.valueOf(WEB_PORT), "-h", "/www"))
        .build();
  }

  static ContainerConfig client(PodSandboxConfig pod, String image) {
    // The containers of a pod have one network, so the server is on localhost.
    String loop =
        "while sleep 1; do echo \"$(date +%T) $(wget -q -O - http://127.0.0.1:"
            + WEB_PORT
            + "/)\"; done";
    return PodConfigs.container(pod, "client", image)
        .addAllCommand(List.of("sh", "-c", loop))
        .build();
  }
}
