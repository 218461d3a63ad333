package dev.gantry.agent.runtime;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.Status.Code;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Asks a runtime what it is and can do. */
final class FactsReader {
  private final Supplier<RuntimeServiceBlockingStub> stub;

  /**
   * A reader.
   *
   * @param stub makes a stub with a deadline for each call
   */
  FactsReader(Supplier<RuntimeServiceBlockingStub> stub) {
    this.stub = stub;
  }

  /** Asks. */
  RuntimeFacts read() {
    var version =
        CriRuntime.call(
            "get the runtime's version",
            () -> stub.get().version(VersionRequest.getDefaultInstance()));
    var status =
        CriRuntime.call(
            "get the runtime's status",
            () -> stub.get().status(StatusRequest.getDefaultInstance()));
    List<String> notReady =
        status.getStatus().getConditionsList().stream()
            .filter(c -> !c.getStatus())
            .map(c -> c.getType() + " is false: " + c.getReason() + ": " + c.getMessage())
            .toList();
    return new RuntimeFacts(
        version.getRuntimeName(),
        version.getRuntimeVersion(),
        version.getRuntimeApiVersion(),
        systemdCgroups(),
        status.getRuntimeHandlersList().stream()
            .filter(h -> h.getName().isEmpty())
            .anyMatch(h -> h.getFeatures().getRecursiveReadOnlyMounts()),
        notReady,
        status.getRuntimeHandlersList().stream().map(RuntimeHandler::getName).toList(),
        status.getRuntimeHandlersList().stream()
            .filter(h -> h.getFeatures().getUserNamespaces())
            .map(RuntimeHandler::getName)
            .toList());
  }

  private Optional<Boolean> systemdCgroups() {
    try {
      var config =
          CriRuntime.call(
              "get the runtime's configuration",
              () -> stub.get().runtimeConfig(RuntimeConfigRequest.getDefaultInstance()));
      return Optional.of(config.getLinux().getCgroupDriver() == CgroupDriver.SYSTEMD);
    } catch (RuntimeCallException e) {
      if (e.code() == Code.UNIMPLEMENTED) {
        return Optional.empty(); // containerd before 2.0
      }
      throw e;
    }
  }
}
