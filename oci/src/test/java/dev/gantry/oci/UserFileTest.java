package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class UserFileTest {
  private static final UserFile FILES =
      UserFile.of(
          """
          # comment
          root:x:0:0:root:/root:/bin/sh
          nobody:x:65534:65534::/nonexistent:/bin/false
          www-data:x:33:33
          broken:x:abc:0::/:
          huge:x:99999999999:0::/:
          short:x
          :x:0:0::/:
          app:x:1000:1001:App:/home/app:/bin/sh
          second:x:1000:1002::/:
          """,
          """
          root:x:0:
          adm:x:4:app,www-data
          audio:x:29: app ,,root
          app:x:1001:app
          broken:x:y:app
          tty:x:5
          www-data:x:33:
          """);

  @Test
  void resolvesNamesAndNumbers() {
    assertThat(FILES.resolve("app"))
        .isEqualTo(new UserFile.Identity(1000, 1001, "app", List.of(1001L, 4L, 29L), "/home/app"));
    assertThat(FILES.resolve("1000")).isEqualTo(FILES.resolve("app"));
    assertThat(FILES.resolve("app:tty"))
        .isEqualTo(new UserFile.Identity(1000, 5, "app", List.of(5L, 4L, 29L), "/home/app"));
    assertThat(FILES.resolve("app:123").gid()).isEqualTo(123);
    assertThat(FILES.resolve("4000:tty"))
        .isEqualTo(new UserFile.Identity(4000, 5, null, List.of(5L), null));
    assertThat(FILES.resolve("4000"))
        .isEqualTo(new UserFile.Identity(4000, 0, null, List.of(0L), null));
    assertThat(FILES.resolve("").name()).isEqualTo("root");
    assertThat(FILES.resolve("app:").gid()).isEqualTo(1001);
    assertThat(FILES.resolve(":tty").uid()).isZero();
    assertThat(FILES.resolve("www-data").home()).isNull();
  }

  @Test
  void resolvesNumbersWithoutFiles() {
    UserFile none = UserFile.of(null, null);
    assertThat(none.resolve("0:0").uid()).isZero();
    assertThat(none.resolve("2147483647").uid()).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> none.resolve("root"))
        .isInstanceOf(UnknownUserException.class)
        .hasMessage("user \"root\": no user \"root\" in the image's /etc/passwd");
  }

  @Test
  void saysWhoIsUnknown() {
    assertThatThrownBy(() -> FILES.resolve("app:nogroup"))
        .hasMessage("user \"app:nogroup\": no group \"nogroup\" in the image's /etc/group");
    assertThatThrownBy(() -> FILES.resolve("a:b:c")).hasMessageContaining("more than one ':'");
    assertThatThrownBy(() -> FILES.resolve("-1")).hasMessageContaining("-1 is not an id between");
    assertThatThrownBy(() -> FILES.resolve("2147483648")).hasMessageContaining("not an id");
    assertThatThrownBy(() -> FILES.resolve("9".repeat(400))).hasMessageContaining("not an id");
    // A line whose id is no number must not make its user root.
    assertThatThrownBy(() -> FILES.resolve("broken")).isInstanceOf(UnknownUserException.class);
    assertThatThrownBy(() -> FILES.resolve("huge")).isInstanceOf(UnknownUserException.class);
    assertThatThrownBy(() -> FILES.resolve("short")).isInstanceOf(UnknownUserException.class);
    assertThatThrownBy(() -> FILES.resolve("app:broken")).isInstanceOf(UnknownUserException.class);
  }
}
