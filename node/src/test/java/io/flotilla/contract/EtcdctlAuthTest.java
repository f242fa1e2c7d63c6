package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// Section 5: users and roles as operators manage them.
@ParameterizedClass
@MethodSource("programs")
@OwnServer
class EtcdctlAuthTest extends ContractTest {
  private static final Path ABSENT = Path.of("absent");
  private static final String ROOT = "root:rootpw";
  private static final String BOB = "bob:bobpw";

  @Parameter Path program = ABSENT;
  private boolean enabled;
  private Etcdctl ctl = new Etcdctl(ABSENT, "");

  static Stream<Path> programs() {
    return EtcdctlTest.programs();
  }

  @BeforeEach
  void connect() {
    Assumptions.assumeFalse(
        program.equals(ABSENT), "no etcdctl on PATH; name one with contract.etcdctl");
    ctl = new Etcdctl(program, server.endpoint());
  }

  @AfterEach
  void forgetEverybody() {
    var auth = new AuthApi(etcd);
    if (enabled) {
      new AuthApi(etcd.with("token", auth.login("root", "rootpw"))).disable();
      enabled = false;
    }
    auth.users().getUsersList().forEach(auth::deleteUser);
    auth.roles().getRolesList().forEach(auth::deleteRole);
  }

  /// The command makes the role root and gives it to the user root.
  private void enable() {
    assertThat(ctl.text("auth", "enable")).contains("Authentication Enabled\n");
    enabled = true;
  }

  private String as(String user, String... line) {
    return ctl.text(with(user, line));
  }

  private String refused(String user, String... line) {
    var result = ctl.run(with(user, line));
    assertThat(result.exit()).as(result.toString()).isNotZero();
    return result.err();
  }

  private static String[] with(String user, String... line) {
    return user.isEmpty()
        ? line
        : Stream.concat(Stream.of("--user", user), Arrays.stream(line)).toArray(String[]::new);
  }

  @Test
  void usersAndRolesAreManagedAndRequestsAreTheirs() {
    assertThat(ctl.text("user", "add", ROOT)).isEqualTo("User root created\n");
    assertThat(ctl.text("user", "add", BOB)).isEqualTo("User bob created\n");
    assertThat(ctl.text("role", "add", "r")).isEqualTo("Role r created\n");
    String from = prefix + "a";
    String to = prefix + "b";
    assertThat(ctl.text("role", "grant-permission", "r", "readwrite", from, to))
        .isEqualTo("Role r updated\n");
    ctl.text("role", "grant-permission", "r", "read", prefix + "x", "--prefix");
    ctl.text("user", "grant-role", "bob", "r");
    assertThat(ctl.text("user", "get", "bob")).isEqualTo("User: bob\nRoles: r\n");
    assertThat(ctl.text("role", "get", "r"))
        .contains("[" + from + ", " + to + ")", "(prefix " + prefix + "x)");
    assertThat(ctl.text("user", "list")).isEqualTo("bob\nroot\n");
    assertThat(ctl.text("role", "list")).isEqualTo("r\n");

    enable();
    assertThat(refused("", "get", from)).contains("etcdserver: user name is empty");
    assertThat(refused("bob:x", "get", from))
        .contains("etcdserver: authentication failed, invalid user ID or password");
    assertThat(as(BOB, "put", from + "1", "v")).isEqualTo("OK\n");
    assertThat(as(BOB, "get", from, to)).isEqualTo(from + "1\nv\n");
    assertThat(as(BOB, "get", prefix + "x", "--prefix")).isEmpty();
    assertThat(refused(BOB, "put", prefix + "x", "v")).contains("etcdserver: permission denied");
    assertThat(refused(BOB, "user", "list")).contains("etcdserver: permission denied");
    assertThat(refused(ROOT, "user", "delete", "root"))
        .contains("etcdserver: invalid auth management");

    as(ROOT, "role", "revoke-permission", "r", prefix + "x", "--prefix");
    assertThat(refused(BOB, "get", prefix + "x", "--prefix"))
        .contains("etcdserver: permission denied");
    as(ROOT, "user", "revoke-role", "bob", "r");
    assertThat(refused(BOB, "get", from, to)).contains("etcdserver: permission denied");
    var changed =
        ctl.feed("bobnew\n", "--user", ROOT, "user", "passwd", "bob", "--interactive=false");
    assertThat(changed.out()).isEqualTo("Password updated\n");
    assertThat(refused(BOB, "get", from)).contains("authentication failed");
    as(ROOT, "role", "delete", "r");
    as(ROOT, "user", "delete", "bob");
    assertThat(as(ROOT, "auth", "disable")).isEqualTo("Authentication Disabled\n");
    enabled = false;
    assertThat(ctl.text("get", from, to)).isEqualTo(from + "1\nv\n");
  }

  @Test
  void anyUserSeesWhetherTheServerIsWell() {
    ctl.text("user", "add", ROOT);
    ctl.text("user", "add", BOB);
    enable();
    assertThat(ctl.run(with(BOB, "endpoint", "health")).exit()).isZero();
    assertThat(refused(BOB, "compact", "1")).contains("etcdserver: permission denied");
    assertThat(refused(BOB, "lease", "revoke", "1234")).contains("requested lease not found");
    assertThat(ctl.run(with(ROOT, "endpoint", "health")).exit()).isZero();
  }
}
