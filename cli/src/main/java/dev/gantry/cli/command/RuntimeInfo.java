package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code gantry info}: whether the runtime is ready, and what it can do. */
@Command(name = "info", description = "Display information of the container runtime")
final class RuntimeInfo extends CriCommand {
  @Mixin private InspectOptions options = new InspectOptions();

  RuntimeInfo(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    var request = StatusRequest.newBuilder().setVerbose(!options.quiet).build();
    StatusResponse response = client.read("get the runtime's status", s -> s.status(request));
    if (options.format == OutputFormat.TABLE) {
      printFields(response);
      return 0;
    }
    StatusDocument document = StatusDocument.of(response.getStatus(), response.getInfoMap());
    List<Map<String, Object>> handlers =
        response.getRuntimeHandlersList().stream().map(RuntimeInfo::tree).toList();
    if (!handlers.isEmpty()) {
      document.with("runtimeHandlers", handlers);
    }
    if (response.hasFeatures()) {
      document.with("features", Messages.tree(response.getFeatures()));
    }
    out().println(StatusDocument.print(options.format, List.of(document)));
    return 0;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> tree(RuntimeHandler handler) {
    return (Map<String, Object>) (Map<String, ?>) Messages.tree(handler);
  }

  private void printFields(StatusResponse response) {
    Fields fields = new Fields(out());
    for (RuntimeCondition condition : response.getStatus().getConditionsList()) {
      String why = (condition.getReason() + " " + condition.getMessage()).strip();
      fields.add(
          condition.getType(),
          condition.getStatus() ? "yes" : "no" + (why.isEmpty() ? "" : ", " + why));
    }
    response
        .getRuntimeHandlersList()
        .forEach(h -> fields.add("Handler", h.getName().isEmpty() ? "(default)" : h.getName()));
    fields.add("Info", response.getInfoMap());
    if (response.getStatus().getConditionsCount() == 0) {
      throw CliFailure.of("get the runtime's status: the runtime names no condition");
    }
  }
}
