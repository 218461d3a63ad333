package dev.gantry.cli.demo;

import dev.gantry.cli.Session;
import dev.gantry.cli.local.Places;
import java.io.PrintStream;
import java.nio.file.Path;

/** How to look further at what the demo runs. */
final class Hints {
  private Hints() {}

  static void print(Session session, Places places, String podIp, int hostPort) {
    PrintStream out = session.out();
    String gantry = program(session);
    out.println("Look further:");
    out.println("    export CONTAINER_RUNTIME_ENDPOINT=" + places.endpoint());
    for (String line :
        new String[] {
          "pods", "ps", "images", "stats", "logs -f client", "exec --sync web ps", "inspectp demo"
        }) {
      out.println("    " + gantry + " " + line);
    }
    out.println("    curl http://" + podIp + ":" + DemoPod.WEB_PORT + "/");
    out.println("    curl http://127.0.0.1:" + hostPort + "/");
    out.println("Remove all of it:");
    out.println("    " + gantry + " demo --down");
  }

  // In a checkout people type ./gantry, which sets this.
  private static String program(Session session) {
    String typed = session.environment("GANTRY_PROGRAM");
    if (typed != null) {
      return typed;
    }
    String home = session.environment("GANTRY_HOME");
    return home == null ? "gantry" : Path.of(home).resolve("bin/gantry").toString();
  }
}
