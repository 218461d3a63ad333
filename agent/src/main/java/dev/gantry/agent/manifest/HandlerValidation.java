package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ExecAction;
import dev.gantry.agent.api.HTTPGetAction;
import dev.gantry.agent.api.HTTPHeader;
import dev.gantry.agent.api.IntOrString;
import dev.gantry.agent.api.Lifecycle;
import dev.gantry.agent.api.LifecycleHandler;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Probe;
import dev.gantry.agent.podspec.StopSignals;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The probes and hooks of one container. */
final class HandlerValidation {
  private final PodSpec spec;
  private final Container container;
  private final String path;
  private final Report report;

  HandlerValidation(PodSpec spec, Container container, String path, Report report) {
    this.spec = spec;
    this.container = container;
    this.path = path;
    this.report = report;
  }

  void all() {
    probe(container.livenessProbe(), ".livenessProbe", true);
    probe(container.startupProbe(), ".startupProbe", true);
    probe(container.readinessProbe(), ".readinessProbe", false);
    Probe readiness = container.readinessProbe();
    if (readiness != null && readiness.terminationGracePeriodSeconds() != null) {
      report.add(
          path + ".readinessProbe.terminationGracePeriodSeconds",
          "Invalid value: must not be set for readinessProbes");
    }
    Lifecycle lifecycle = container.lifecycle();
    if (lifecycle != null) {
      hook(lifecycle.postStart(), path + ".lifecycle.postStart");
      hook(lifecycle.preStop(), path + ".lifecycle.preStop");
      stopSignal(lifecycle.stopSignal(), path + ".lifecycle.stopSignal");
    }
  }

  private void stopSignal(String signal, String at) {
    if (signal.isEmpty()) {
      return;
    }
    if (spec.os() == null) {
      report.add(at, "Forbidden: may not be set for containers with empty `spec.os.name`");
    }
    if (StopSignals.find(signal).isEmpty()) {
      report.add(at, Syntax.invalid(signal, "must be the name of a signal, as SIGTERM"));
    }
  }

  private void probe(@Nullable Probe probe, String name, boolean onceIsEnough) {
    if (probe == null) {
      return;
    }
    String at = path + name;
    one(at, probe.exec(), probe.httpGet(), probe.tcpSocket(), probe.grpc());
    exec(probe.exec(), at);
    httpGet(probe.httpGet(), at);
    if (probe.tcpSocket() != null) {
      port(probe.tcpSocket().port(), at + ".tcpSocket.port");
    }
    if (probe.grpc() != null) {
      Syntax.check(
          report, at + ".grpc.port", probe.grpc().port(), Syntax.port(probe.grpc().port()));
    }
    Validation.notNegative(probe.initialDelaySeconds(), at + ".initialDelaySeconds", report);
    Validation.notNegative(probe.timeoutSeconds(), at + ".timeoutSeconds", report);
    Validation.notNegative(probe.periodSeconds(), at + ".periodSeconds", report);
    Validation.notNegative(probe.successThreshold(), at + ".successThreshold", report);
    Validation.notNegative(probe.failureThreshold(), at + ".failureThreshold", report);
    if (onceIsEnough && probe.successThreshold() != 1) {
      report.add(at + ".successThreshold", Syntax.invalid(probe.successThreshold(), "must be 1"));
    }
    Long grace = probe.terminationGracePeriodSeconds();
    if (grace != null && grace <= 0) {
      report.add(
          at + ".terminationGracePeriodSeconds", Syntax.invalid(grace, "must be greater than 0"));
    }
  }

  private void hook(@Nullable LifecycleHandler hook, String at) {
    if (hook == null) {
      return;
    }
    if (hook.tcpSocket() != null) {
      report.add(
          at + ".tcpSocket", "is not supported: no kubelet does it; use exec, httpGet or sleep");
      return;
    }
    one(at, hook.exec(), hook.httpGet(), hook.sleep());
    exec(hook.exec(), at);
    httpGet(hook.httpGet(), at);
    if (hook.sleep() != null) {
      long seconds = hook.sleep().seconds();
      long grace = spec.terminationGracePeriodSeconds();
      if (seconds < 0 || seconds > grace) {
        report.add(
            at + ".sleep",
            Syntax.invalid(
                seconds,
                "must be non-negative and less than terminationGracePeriodSeconds ("
                    + grace
                    + ")"));
      }
    }
  }

  private void one(String at, @Nullable Object... handlers) {
    long count = Stream.of(handlers).filter(Objects::nonNull).count();
    if (count == 0) {
      report.add(at, "Required value: must specify a handler type");
    } else if (count > 1) {
      report.add(at, "Forbidden: may not specify more than 1 handler type");
    }
  }

  private void exec(@Nullable ExecAction exec, String at) {
    if (exec != null && exec.command().isEmpty()) {
      report.add(at + ".exec.command", "Required value");
    }
  }

  private void httpGet(@Nullable HTTPGetAction get, String at) {
    if (get == null) {
      return;
    }
    port(get.port(), at + ".httpGet.port");
    for (HTTPHeader header : get.httpHeaders()) {
      Syntax.check(
          report, at + ".httpGet.httpHeaders", header.name(), Syntax.header(header.name()));
    }
  }

  /** A number, or the name of a port; a name that the container lacks fails when it is used. */
  private void port(IntOrString port, String at) {
    if (port.number() != null) {
      Syntax.check(report, at, port.number(), Syntax.port(port.number()));
    } else if (port.text() != null) {
      Syntax.check(report, at, port.text(), Syntax.portName(port.text()));
    }
  }
}
