package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import org.junit.jupiter.api.Test;
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
    assertThat(ScopeProperties.apply(spec(resources), RuntimeFlavor.CRUN).annotations())
        .containsEntry("a", "b")
        .containsEntry("org.systemd.property.TasksMax", "uint64 " + most);
  }

  /** runc leaves it out; of crun's cgroup below the scope systemd needs to know nothing. */
  @Test
  void thatThereIsNoSwapIsSaidForRunc() {
    RuntimeSpec none = spec("{\"memory\":{\"limit\":100,\"swap\":100}}");
    RuntimeSpec some = spec("{\"memory\":{\"limit\":100,\"swap\":200}}");
    String name = "org.systemd.property.MemorySwapMax";
    assertThat(ScopeProperties.apply(none, RuntimeFlavor.RUNC).annotations())
        .containsEntry(name, "uint64 0");
    assertThat(ScopeProperties.apply(some, RuntimeFlavor.RUNC).annotations())
        .doesNotContainKey(name);
    assertThat(ScopeProperties.apply(none, RuntimeFlavor.CRUN).annotations())
        .doesNotContainKey(name);
  }

  private static RuntimeSpec spec(String resources) {
    return OciJson.parse(
        """
        {"ociVersion":"1.0.2","root":{"path":"rootfs"},"annotations":{"a":"b"},
         "linux":{"resources":%s}}
        """
            .formatted(resources),
        RuntimeSpec.class);
  }
}
