package dev.gantry.agent;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.ResolvConf;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the tests of the agent's manifests share. */
public final class Corpus {
  /** A node with four processors and 8 GiB. */
  public static final NodeFacts NODE =
      new NodeFacts(
          "node-1",
          List.of("192.0.2.10", "2001:db8::10"),
          Map.of(
              "cpu", Quantity.parse("4"),
              "memory", Quantity.parse("8Gi"),
              "ephemeral-storage", Quantity.parse("100Gi")),
          8L << 30,
          Path.of("/var/log/pods"),
          Path.of("/var/lib/gantry/seccomp"),
          new ResolvConf(List.of("192.0.2.53"), List.of("example.org"), List.of("timeout:2")),
          List.of(),
          "cluster.local",
          "/",
          false,
          true,
          false,
          true,
          List.of("2MB"));

  private Corpus() {}

  /** The objects of a text. */
  public static List<KubeObject> read(String yaml) throws IOException, ManifestException {
    return Manifests.read(
        "test.yaml", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
  }

  /** The pod of a text that is only its specification, with a uid. */
  public static Pod pod(String spec) throws IOException, ManifestException {
    String yaml = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n" + spec.indent(2);
    Pod pod = (Pod) read(yaml).getFirst();
    return pod.withMetadata(pod.metadata().withUid("1111-2222"));
  }

  /** The ConfigMaps and Secrets among these. */
  public static ObjectSource source(List<? extends KubeObject> objects) {
    return new ObjectSource() {
      @Override
      public Optional<ConfigMap> configMap(String namespace, String name) {
        return find(ConfigMap.class, namespace, name);
      }

      @Override
      public Optional<Secret> secret(String namespace, String name) {
        return find(Secret.class, namespace, name);
      }

      private <T extends KubeObject> Optional<T> find(
          Class<T> type, String namespace, String name) {
        return objects.stream()
            .filter(type::isInstance)
            .map(type::cast)
            .filter(one -> one.metadata().name().equals(name))
            .filter(one -> one.metadata().namespace().equals(namespace))
            .findFirst();
      }
    };
  }
}
