package io.flotilla.router.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.placement.auth.User;
import io.flotilla.proto.command.TokenIssue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Contract 2.12.3, on two nodes that apply the same log.
class SimpleTokensTest {
  private final ManualClock clock = new ManualClock();
  private final FakeRoot root = new FakeRoot();
  private final SimpleTokens here = tokens();
  private final SimpleTokens there = tokens();
  private final User alice = FakeRoot.user("alice", 3);
  private final AuthFacts facts = FakeRoot.usersAre(alice);

  private SimpleTokens tokens() {
    return new SimpleTokens(new AuthProposals(root), Duration.ofSeconds(300), () -> 86, clock);
  }

  private String login() {
    String token = here.issue(alice, facts, 0).result();
    TokenIssue issued = root.commands.removeLast().getAuth().getTokenIssue();
    here.onIssued(issued, facts.disables());
    there.onIssued(issued, facts.disables());
    return token;
  }

  @Test
  void aTokenHasTheFormOfEtcdsAndIsKnownEverywhere() {
    String token = login();
    assertThat(token).matches("[a-zA-Z]{16}\\.86");
    assertThat(here.identify(token, facts)).isEqualTo(new Identity("alice", 5));
    assertThat(there.identify(token, facts)).isEqualTo(new Identity("alice", 5));
    assertThat(login()).isNotEqualTo(token);
  }

  @Test
  void theLogDoesNotHoldTheToken() {
    String token = here.issue(alice, facts, 0).result();
    ByteString logged = root.commands.getLast().toByteString();
    assertThat(logged.toString(StandardCharsets.ISO_8859_1)).doesNotContain(token.substring(0, 16));
  }

  /// Each node counts the time since it was shown the token itself.
  @Test
  void aTokenEndsWhenItWasNotShownForItsTime() {
    String token = login();
    for (int i = 0; i < 5; i++) {
      clock.pass(299_000);
      assertThat(here.identify(token, facts)).isNotNull();
    }
    assertThat(there.identify(token, facts)).as("not used there").isNull();
    clock.pass(301_000);
    assertThat(here.identify(token, facts)).isNull();
  }

  @Test
  void aTokenEndsWithTheCredentialTheUserAndTheSwitch() {
    String token = login();
    assertThat(here.identify(token, FakeRoot.usersAre(FakeRoot.user("alice", 4)))).isNull();
    assertThat(here.identify(token, FakeRoot.usersAre())).isNull();
    var again = new AuthFacts(true, 9, 1, new TreeMap<>(facts.users()), new TreeMap<>());
    assertThat(here.identify(token, again)).as("off and on").isNull();
    var later = new AuthFacts(true, 9, 0, new TreeMap<>(facts.users()), new TreeMap<>());
    assertThat(here.identify(token, later)).as("a role").isEqualTo(new Identity("alice", 9));
  }

  @Test
  void onlyWhatLooksLikeATokenIsAskedOthersFor() {
    assertThat(here.identify("abcdefghijklmnop.1", facts)).isNull();
    assertThat(here.mayBeNew("abcdefghijklmnop.1")).isTrue();
    assertThat(here.mayBeNew("abc.1")).isFalse();
    assertThat(here.mayBeNew("")).isFalse();
  }

  @Test
  void aLoginThatCameTooLateIsToldApart() {
    root.fault = AuthFault.OLD_CREDENTIAL.number();
    assertThat(here.issue(alice, facts, 0).cause()).isInstanceOf(Tokens.OldCredential.class);
    root.fault = AuthFault.NOT_ENABLED.number();
    assertThat(here.issue(alice, facts, 0).cause())
        .hasMessage("etcdserver: authentication is not enabled");
  }
}
