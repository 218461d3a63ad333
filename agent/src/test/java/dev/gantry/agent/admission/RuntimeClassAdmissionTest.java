package dev.gantry.agent.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Toleration;
import dev.gantry.agent.podspec.PodConfigs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuntimeClassAdmissionTest {
  private static RuntimeClass kata() throws Exception {
    return (RuntimeClass)
        Corpus.read(
                """
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: {name: kata}
                handler: kata-qemu
                overhead: {podFixed: {cpu: 250m, memory: 160Mi}}
                scheduling:
                  nodeSelector: {kvm: "true"}
                  tolerations:
                  - {key: kvm, operator: Exists, effect: NoSchedule}
                  - {key: dedicated, value: vm, effect: NoSchedule}
                """)
            .getFirst();
  }

  private static Pod with(String spec) throws Exception {
    return Corpus.pod("containers: [{name: a, image: i}]\nruntimeClassName: kata\n" + spec);
  }

  private static Pod admitted(Pod pod, RuntimeClass type) {
    Decision decision = RuntimeClassAdmission.admit(pod, name -> Optional.of(type));
    assertThat(decision).isInstanceOf(Decision.Admitted.class);
    return ((Decision.Admitted) decision).pod();
  }

  @Test
  void theClassIsWrittenIntoThePod() throws Exception {
    Pod pod =
        admitted(
            with(
                """
                nodeSelector: {disk: ssd}
                tolerations:
                - {key: kvm, operator: Exists, effect: NoSchedule}
                - {key: own, operator: Exists}
                """),
            kata());
    assertThat(PodConfigs.runtimeHandler(pod)).isEqualTo("kata-qemu");
    assertThat(pod.spec().nodeSelector()).isEqualTo(Map.of("disk", "ssd", "kvm", "true"));
    assertThat(pod.spec().overhead())
        .isEqualTo(Map.of("cpu", Quantity.parse("250m"), "memory", Quantity.parse("160Mi")));
    assertThat(pod.spec().tolerations().stream().map(Toleration::key))
        .containsExactly("own", "kvm", "dedicated");
  }

  @Test
  void aTolerationThatAnotherCoversIsNotKept() throws Exception {
    Pod pod = admitted(with("tolerations: [{operator: Exists}]"), kata());
    assertThat(pod.spec().tolerations()).hasSize(1);
  }

  @Test
  void aLabelThatTheClassWantsOtherwiseRejectsThePod() throws Exception {
    RuntimeClass kata = kata();
    assertThat(
            RuntimeClassAdmission.admit(
                with("nodeSelector: {kvm: \"false\"}"), name -> Optional.of(kata)))
        .isEqualTo(
            new Decision.Rejected(
                "Forbidden",
                "pods \"web\" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[kvm] ="
                    + " true; pod.spec.nodeSelector[kvm] = false"));
  }

  @Test
  void aClassThatIsNotThereRejectsThePod() throws Exception {
    assertThat(RuntimeClassAdmission.admit(with(""), name -> Optional.empty()))
        .isEqualTo(
            new Decision.Rejected(
                "Forbidden",
                "pods \"web\" is forbidden: pod rejected: RuntimeClass \"kata\" not found"));
  }

  @Test
  void overheadByHandIsRejected() throws Exception {
    Pod pod = with("");
    Pod cheat = pod.withSpec(pod.spec().withOverhead(Map.of("cpu", Quantity.parse("1m"))));
    RuntimeClass kata = kata();
    assertThat(RuntimeClassAdmission.admit(cheat, name -> Optional.of(kata)))
        .isInstanceOf(Decision.Rejected.class);
    Pod plain = Corpus.pod("containers: [{name: a, image: i}]");
    Pod classless = plain.withSpec(plain.spec().withOverhead(Map.of("cpu", Quantity.parse("1m"))));
    assertThat(RuntimeClassAdmission.admit(classless, name -> Optional.empty()))
        .isInstanceOf(Decision.Rejected.class);
  }

  @Test
  void theRuntimeIsNotToldTheNotedHandlerAsAnAnnotation() throws Exception {
    Pod pod = admitted(with(""), kata());
    assertThat(PodConfigs.sandbox(pod, 0, null, Corpus.NODE).getAnnotationsMap()).isEmpty();
    assertThat(List.of(PodConfigs.runtimeHandler(pod))).containsExactly("kata-qemu");
  }
}
