package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopePropertiesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|18446744073709551615",
        "{\"pids\":{\"limit\":0}}|18446744073709551615",
        "{\"pids\":{\"limit\":-1}}|18446744073709551615",
        "{\"pids\":{\"limit\":100}}|100"
      })
  void systemdsOwnLimitOfTasksIsNoneOfAContainers(String resources, String most) {
    RuntimeSpec spec =
        OciJson.parse(
            """
            {"ociVersion":"1.0.2","root":{"path":"rootfs"},"annotations":{"a":"b"},
             "linux":{"resources":%s}}
            """
                .formatted(resources),
            RuntimeSpec.class);
    assertThat(ScopeProperties.apply(spec).annotations())
        .containsEntry("a", "b")
        .containsEntry("org.systemd.property.TasksMax", "uint64 " + most);
  }
}
