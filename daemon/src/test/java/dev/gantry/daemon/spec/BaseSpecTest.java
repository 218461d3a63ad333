package dev.gantry.daemon.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Both name what both name, and each something of its own. */
class BaseSpecTest {
  private static final RuntimeSpec BASE =
      read(
          """
          {"ociVersion": "1.0.1", "hostname": "base",
           "root": {"path": "/base"},
           "process": {"cwd": "/base", "args": ["base"], "user": {"uid": 1, "gid": 1},
             "env": ["BASE=base", "BOTH=base", "EMPTY"],
             "rlimits": [{"type": "RLIMIT_CORE", "hard": 1, "soft": 1},
                         {"type": "RLIMIT_NOFILE", "hard": 1, "soft": 1}]},
           "mounts": [{"destination": "/both/./", "type": "tmpfs", "source": "base"},
                      {"destination": "/base", "type": "tmpfs", "source": "base"}],
           "hooks": {"prestart": [{"path": "/base/prestart"}],
                     "createRuntime": [{"path": "/base/createRuntime"}],
                     "createContainer": [{"path": "/base/createContainer"}],
                     "startContainer": [{"path": "/base/startContainer"}],
                     "poststart": [{"path": "/base/poststart"}],
                     "poststop": [{"path": "/base/poststop"}]},
           "annotations": {"base": "base", "both": "base"},
           "linux": {"cgroupsPath": "/base", "sysctl": {"base": "base", "both": "base"}}}
          """);
  private static final RuntimeSpec ASKED =
      read(
          """
          {"ociVersion": "1.0.2", "hostname": "asked",
           "root": {"path": "/asked"},
           "process": {"cwd": "/asked", "args": ["asked"], "user": {"uid": 2, "gid": 2},
             "env": ["BOTH=asked", "EMPTY=", "ASKED=asked"],
             "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 2, "soft": 2}]},
           "mounts": [{"destination": "/asked", "type": "tmpfs", "source": "asked"},
                      {"destination": "/both", "type": "tmpfs", "source": "asked"}],
           "hooks": {"prestart": [{"path": "/asked/prestart"}],
                     "createRuntime": [{"path": "/asked/createRuntime"}],
                     "createContainer": [{"path": "/asked/createContainer"}],
                     "startContainer": [{"path": "/asked/startContainer"}],
                     "poststart": [{"path": "/asked/poststart"}],
                     "poststop": [{"path": "/asked/poststop"}]},
           "annotations": {"both": "asked", "asked": "asked"},
           "linux": {"cgroupsPath": "/asked", "sysctl": {"both": "asked", "asked": "asked"}}}
          """);

  private static RuntimeSpec read(String json) {
    return OciJson.parse(json.getBytes(StandardCharsets.UTF_8), RuntimeSpec.class);
  }

  @Test
  void whatTheRequestSaysWinsAndAllElseIsAdded() {
    assertThat(new BaseSpec(BASE).under(ASKED))
        .isEqualTo(
            read(
                """
                {"ociVersion": "1.0.2", "hostname": "asked",
                 "root": {"path": "/asked"},
                 "process": {"cwd": "/asked", "args": ["asked"], "user": {"uid": 2, "gid": 2},
                   "env": ["BASE=base", "BOTH=asked", "EMPTY=", "ASKED=asked"],
                   "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 2, "soft": 2},
                               {"type": "RLIMIT_CORE", "hard": 1, "soft": 1}]},
                 "mounts": [{"destination": "/asked", "type": "tmpfs", "source": "asked"},
                            {"destination": "/both", "type": "tmpfs", "source": "asked"},
                            {"destination": "/base", "type": "tmpfs", "source": "base"}],
                 "hooks": {
                   "prestart": [{"path": "/base/prestart"}, {"path": "/asked/prestart"}],
                   "createRuntime":
                     [{"path": "/base/createRuntime"}, {"path": "/asked/createRuntime"}],
                   "createContainer":
                     [{"path": "/base/createContainer"}, {"path": "/asked/createContainer"}],
                   "startContainer":
                     [{"path": "/base/startContainer"}, {"path": "/asked/startContainer"}],
                   "poststart": [{"path": "/base/poststart"}, {"path": "/asked/poststart"}],
                   "poststop": [{"path": "/base/poststop"}, {"path": "/asked/poststop"}]},
                 "annotations": {"base": "base", "both": "asked", "asked": "asked"},
                 "linux": {"cgroupsPath": "/asked",
                   "sysctl": {"base": "base", "both": "asked", "asked": "asked"}}}
                """));
  }

  @Test
  void whatIsNotInItChangesNothing() {
    assertThat(BaseSpec.EMPTY.under(ASKED)).isSameAs(ASKED);
    RuntimeSpec empty = read("{\"ociVersion\": \"1.0.2\"}");
    assertThat(new BaseSpec(empty).under(ASKED)).isEqualTo(ASKED);
    RuntimeSpec without = ASKED.toBuilder().hooks(null).build();
    assertThat(new BaseSpec(BASE).under(without).hooks()).isEqualTo(BASE.hooks());
  }
}
