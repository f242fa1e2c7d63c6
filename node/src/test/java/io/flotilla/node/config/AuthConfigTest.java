package io.flotilla.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.router.auth.TokenSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Tokens and passwords in etcd's words (contract 2.12.3, 3.2).
class AuthConfigTest {
  private static NodeConfig.Auth read(Map<String, String> flags) {
    return NodeConfigReader.read(SettingTexts.merge(flags, Map.of())).auth();
  }

  private static void assertRefused(String problem, Map<String, String> flags) {
    assertThatThrownBy(() -> read(flags))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void tokensAreSimpleUnlessSomethingElseIsAskedFor() {
    assertThat(read(Map.of()))
        .isEqualTo(new NodeConfig.Auth(new TokenSettings.Simple(Duration.ofSeconds(300)), 10));
    assertThat(read(Map.of("auth-token-ttl", "5", "bcrypt-cost", "4")))
        .isEqualTo(new NodeConfig.Auth(new TokenSettings.Simple(Duration.ofSeconds(5)), 4));
  }

  @Test
  void signedTokensHaveOptions() {
    String all = "jwt,pub-key=p.pem,priv-key=k=1.pem,sign-method=RS256,ttl=10m";
    assertThat(read(Map.of("auth-token", all)).tokens())
        .isEqualTo(
            new TokenSettings.Jwt(
                Path.of("p.pem"), Path.of("k=1.pem"), "RS256", Duration.ofMinutes(10)));
    assertThat(read(Map.of("auth-token", "jwt,pub-key=p.pem,sign-method=ES256")).tokens())
        .isEqualTo(new TokenSettings.Jwt(Path.of("p.pem"), null, "ES256", Duration.ofMinutes(5)));
  }

  @Test
  void whatMakesNoTokensIsRefused() {
    assertRefused("must be simple or jwt", Map.of("auth-token", "magic"));
    assertRefused("takes no options", Map.of("auth-token", "simple,ttl=1m"));
    assertRefused("needs sign-method", Map.of("auth-token", "jwt,pub-key=p"));
    assertRefused("the options are", Map.of("auth-token", "jwt,sign-method=RS256,key=secret"));
    assertRefused("the options are", Map.of("auth-token", "jwt,ttl=1m,ttl=2m,sign-method=RS256"));
    assertRefused("ttl is no duration", Map.of("auth-token", "jwt,sign-method=RS256,ttl=x"));
    assertRefused("ttl must be above 0", Map.of("auth-token", "jwt,sign-method=RS256,ttl=0s"));
    assertRefused("bcrypt-cost", Map.of("bcrypt-cost", "3"));
    assertRefused("auth-token-ttl", Map.of("auth-token-ttl", "0"));
  }
}
