package io.flotilla.node.config;

import io.flotilla.router.auth.TokenSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The settings of tokens and passwords, in etcd's words.
final class AuthReader {
  private static final int COST_MIN = 4;
  private static final int COST_MAX = 31;
  private static final String DEFAULT_TTL = "5m";
  private static final Set<String> OPTIONS = Set.of("sign-method", "pub-key", "priv-key", "ttl");

  private final SettingReader in;

  AuthReader(SettingReader in) {
    this.in = in;
  }

  NodeConfig.Auth read() {
    long ttlSeconds = in.number("auth-token-ttl", 1, Integer.MAX_VALUE);
    int cost = (int) in.number("bcrypt-cost", COST_MIN, COST_MAX);
    String[] parts = in.text("auth-token").split(",");
    TokenSettings simple = new TokenSettings.Simple(Duration.ofSeconds(ttlSeconds));
    return switch (parts[0]) {
      case "simple" -> {
        if (parts.length > 1) {
          in.problem("--auth-token simple takes no options; see --auth-token-ttl");
        }
        yield new NodeConfig.Auth(simple, cost);
      }
      case "jwt" -> new NodeConfig.Auth(jwt(options(parts)), cost);
      default -> {
        in.problem("--auth-token must be simple or jwt,OPTION=VALUE,...");
        yield new NodeConfig.Auth(simple, cost);
      }
    };
  }

  /// The text may name where secrets are, so problems do not repeat it.
  private Map<String, String> options(String[] parts) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      boolean known = pair.length == 2 && OPTIONS.contains(pair[0]);
      if (!known || options.put(pair[0], pair[1]) != null) {
        in.problem("--auth-token: the options are " + OPTIONS.stream().sorted().toList());
      }
    }
    return options;
  }

  private TokenSettings jwt(Map<String, String> options) {
    String method = options.getOrDefault("sign-method", "");
    if (method.isEmpty()) {
      in.problem("--auth-token: jwt needs sign-method, such as RS256");
    }
    Duration ttl = Duration.ofMinutes(5);
    try {
      ttl = GoDuration.parse(options.getOrDefault("ttl", DEFAULT_TTL));
    } catch (IllegalArgumentException _) {
      in.problem("--auth-token: ttl is no duration");
    }
    if (!ttl.isPositive()) {
      in.problem("--auth-token: ttl must be above 0");
    }
    String publicKey = options.getOrDefault("pub-key", "");
    String privateKey = options.getOrDefault("priv-key", "");
    return new TokenSettings.Jwt(
        publicKey.isEmpty() ? null : Path.of(publicKey),
        privateKey.isEmpty() ? null : Path.of(privateKey),
        method,
        ttl);
  }
}
