package dev.gantry.oci.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.OciFormatException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefaultCapabilitiesTest {
  private static final Set<String> HOST = Set.of("CAP_CHOWN", "CAP_BPF", "CAP_KILL");

  @Test
  void addsAndDrops() {
    List<String> base = List.of("CAP_CHOWN", "CAP_KILL");
    assertThat(adjust(base, List.of(), List.of())).containsExactly("CAP_CHOWN", "CAP_KILL");
    assertThat(adjust(base, List.of("net_admin", "CAP_BPF"), List.of("Kill")))
        .containsExactly("CAP_CHOWN", "CAP_NET_ADMIN", "CAP_BPF");
    assertThat(adjust(base, List.of("ALL"), List.of("CHOWN")))
        .containsExactly("CAP_KILL", "CAP_BPF");
    assertThat(adjust(base, List.of("SYS_TIME"), List.of("all"))).containsExactly("CAP_SYS_TIME");
    assertThat(adjust(base, List.of("ALL"), List.of("ALL"))).isEmpty();
    assertThatThrownBy(() -> adjust(base, List.of("SYS_MAGIC"), List.of()))
        .isInstanceOf(OciFormatException.class)
        .hasMessage("there is no capability \"SYS_MAGIC\"");
  }

  @Test
  void knowsAllOfThem() {
    assertThat(DefaultCapabilities.ALL).doesNotHaveDuplicates().hasSize(41);
    assertThat(DefaultCapabilities.ALL).containsAll(DefaultCapabilities.NAMES);
    Capabilities sets = Capabilities.of(DefaultCapabilities.NAMES);
    assertThat(sets.inheritable()).isEmpty();
    assertThat(sets.bounding()).isEqualTo(sets.permitted()).isEqualTo(sets.effective());
  }

  private static List<String> adjust(List<String> base, List<String> add, List<String> drop) {
    return DefaultCapabilities.adjust(base, add, drop, HOST);
  }
}
