package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.OwnerReference;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.api.PodTemplateSpec;
import dev.gantry.linux.crypto.Sha256;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The pods that a Deployment stands for. */
public final class Replicas {
  /** The label that tells the pods of one template from those of the one before. */
  public static final String HASH_LABEL = "pod-template-hash";

  /** No vowels and nothing that looks like another, as Kubernetes' own names. */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int HASH_LENGTH = 10;
  private static final int SUFFIX_LENGTH = 5;

  private Replicas() {}

  /**
   * The pods, always the same ones for the same Deployment: {@code NAME-HASH-XXXXX}, where the hash
   * is that of the template and the rest that of the index. A changed template makes other pods;
   * more replicas leave those that are there.
   */
  public static List<Pod> of(Deployment deployment) {
    String hash = hash(deployment);
    return IntStream.range(0, deployment.spec().replicas())
        .mapToObj(index -> replica(deployment, hash, index))
        .toList();
  }

  /** What tells this template from another one of the same Deployment. */
  public static String hash(Deployment deployment) {
    return word(Json.write(deployment.spec().template()), HASH_LENGTH);
  }

  private static Pod replica(Deployment deployment, String hash, int index) {
    PodTemplateSpec template = deployment.spec().template();
    ObjectMeta owner = deployment.metadata();
    String set = owner.name() + "-" + hash;
    String name = set + "-" + word(set + "/" + index, SUFFIX_LENGTH);
    Map<String, String> labels = new TreeMap<>(template.metadata().labels());
    labels.put(HASH_LABEL, hash);
    ObjectMeta metadata =
        ObjectMeta.named(owner.namespace(), name)
            .withLabels(labels)
            .withAnnotations(template.metadata().annotations())
            .withOwnerReferences(
                List.of(new OwnerReference("apps/v1", "ReplicaSet", set, owner.uid(), true, true)));
    return new Pod(metadata, template.spec(), PodStatus.none());
  }

  private static String word(String text, int length) {
    byte[] digest = Sha256.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.append(ALPHABET.charAt(Byte.toUnsignedInt(digest[i]) % ALPHABET.length()));
    }
    return word.toString();
  }
}
