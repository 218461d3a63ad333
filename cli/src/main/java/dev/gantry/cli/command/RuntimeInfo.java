package dev.gantry.cli.command;

import com.google.protobuf.MessageLite;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.json.PrintOptions;
import dev.gantry.cri.json.ProtoJson;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code gantry info}: whether the runtime is ready, and what it can do. */
@Command(name = "info", description = "Display information of the container runtime")
final class RuntimeInfo extends CriCommand {
  private static final Pattern UPPER_CASE = Pattern.compile("\\p{Lu}");

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
    List<?> handlers = response.getRuntimeHandlersList().stream().map(RuntimeInfo::goTree).toList();
    if (!handlers.isEmpty()) {
      document.with("runtimeHandlers", handlers);
    }
    if (response.hasFeatures()) {
      document.with("features", goTree(response.getFeatures()));
    }
    out().println(StatusDocument.print(options.format, List.of(document)));
    return 0;
  }

  // crictl prints these two as Go does, with the contract's own names and only what is set.
  private static @Nullable Object goTree(MessageLite message) {
    return snakeCased(ProtoJson.toTree(message, PrintOptions.COMPACT));
  }

  private static @Nullable Object snakeCased(@Nullable Object tree) {
    if (!(tree instanceof Map<?, ?> map)) {
      return tree;
    }
    Map<String, @Nullable Object> result = new TreeMap<>();
    map.forEach((key, value) -> {
      String name = UPPER_CASE.matcher(String.valueOf(key)).replaceAll("_$0");
      result.put(name.toLowerCase(Locale.ROOT), snakeCased(value));
    });
    return result;
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
