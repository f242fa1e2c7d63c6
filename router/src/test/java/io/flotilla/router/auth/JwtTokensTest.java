package io.flotilla.router.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.router.route.CallerLoop;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Signed tokens of every family, from keys in every file format.
class JwtTokensTest {
  private static final Duration TTL = Duration.ofMinutes(5);

  @TempDir Path directory = Path.of("");

  private final ManualClock clock = new ManualClock();
  private final Workers workers = new Workers(1, CallerLoop.of(new DirectLoop()), clock);
  private final User alice = FakeRoot.user("alice", 1);
  private final AuthFacts facts = FakeRoot.usersAre(alice);

  @AfterEach
  void close() {
    workers.close();
  }

  private JwtTokens tokens(TokenSettings.Jwt settings) {
    return new JwtTokens(JwtKeys.read(settings), settings.ttl(), workers, clock);
  }

  private Path pem(String label, byte[] content) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    String text = "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    return Files.writeString(Files.createTempFile(directory, "key", ".pem"), text);
  }

  private static KeyPair pair(String method) throws GeneralSecurityException {
    if (method.startsWith("Ed")) {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }
    if (method.startsWith("ES")) {
      var generator = KeyPairGenerator.getInstance("EC");
      String size = method.substring(2).replace("512", "521");
      generator.initialize(new ECGenParameterSpec("secp" + size + "r1"));
      return generator.generateKeyPair();
    }
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(method.endsWith("512") ? 4096 : 2048);
    return generator.generateKeyPair();
  }

  private TokenSettings.Jwt settings(String method, @Nullable Path open, @Nullable Path secret) {
    return new TokenSettings.Jwt(open, secret, method, TTL);
  }

  private String issue(JwtTokens tokens) {
    return await(tokens.issue(alice, facts, clock.nanoTime() + 1));
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not completed well", e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "PS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"})
  void whatOneNodeSignsAnotherVerifiesWithThePublicKeyAlone(String method) throws Exception {
    KeyPair pair = pair(method);
    Path open = pem("PUBLIC KEY", pair.getPublic().getEncoded());
    Path secret = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
    String token = issue(tokens(settings(method, open, secret)));
    JwtTokens verifier = tokens(settings(method, open, null));
    assertThat(verifier.identify(token, facts)).isEqualTo(new Identity("alice", 5));
    assertThat(verifier.issue(alice, facts, 0).cause())
        .hasMessage("auth: token signing attempted with verify-only key");
    Path others = pem("PUBLIC KEY", pair(method).getPublic().getEncoded());
    assertThat(tokens(settings(method, others, null)).identify(token, facts)).isNull();
  }

  @Test
  void aSharedSecretSignsAndVerifies() throws Exception {
    Path secret = Files.write(directory.resolve("secret"), new byte[64]);
    JwtTokens tokens = tokens(settings("HS512", null, secret));
    assertThat(tokens.identify(issue(tokens), facts)).isEqualTo(new Identity("alice", 5));
    Path weak = Files.write(directory.resolve("weak"), new byte[8]);
    assertThatThrownBy(() -> tokens(settings("HS256", null, weak)))
        .hasMessageContaining("too short");
  }

  /// The forms that openssl and others write: PKCS #1 and SEC 1 are the innermost part of PKCS #8.
  @Test
  void olderKeyFormatsAreRead() throws Exception {
    KeyPair rsa = pair("RS256");
    byte[] pkcs8 = rsa.getPrivate().getEncoded();
    Path pkcs1 = pem("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
    byte[] spki = rsa.getPublic().getEncoded();
    Path open = pem("RSA PUBLIC KEY", Arrays.copyOfRange(spki, 24, spki.length));
    JwtTokens tokens = tokens(settings("RS256", open, pkcs1));
    assertThat(tokens.identify(issue(tokens), facts)).isNotNull();
    JwtTokens derived = tokens(settings("RS256", null, pkcs1));
    assertThat(derived.identify(issue(tokens), facts)).isNotNull();

    KeyPair ec = pair("ES256");
    byte[] ecPkcs8 = ec.getPrivate().getEncoded();
    Path sec1 = pem("EC PRIVATE KEY", Arrays.copyOfRange(ecPkcs8, 28, ecPkcs8.length));
    Path ecOpen = pem("PUBLIC KEY", ec.getPublic().getEncoded());
    JwtTokens ecTokens = tokens(settings("ES256", ecOpen, sec1));
    assertThat(ecTokens.identify(issue(ecTokens), facts)).isNotNull();
  }

  @Test
  void aTokenEndsAtItsTimeAlsoWhereItIsKnown() throws Exception {
    Path secret = Files.write(directory.resolve("secret"), new byte[32]);
    JwtTokens tokens = tokens(settings("HS256", null, secret));
    String token = issue(tokens);
    clock.pass(TTL.toMillis() - 2000);
    assertThat(tokens.identify(token, facts)).isNotNull();
    clock.pass(2001);
    assertThat(tokens.identify(token, facts)).isNull();
    assertThat(tokens(settings("HS256", null, secret)).identify(token, facts)).isNull();
  }

  /// The first part of a token says how it is signed; that counts for nothing.
  @Test
  void onlyTheMethodThatIsSetIsAccepted() throws Exception {
    KeyPair pair = pair("RS256");
    Path open = pem("PUBLIC KEY", pair.getPublic().getEncoded());
    Path secret = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
    JwtTokens tokens = tokens(settings("RS256", open, secret));
    String other = issue(tokens(settings("PS256", open, secret)));
    assertThat(tokens.identify(other, facts)).isNull();
    String token = issue(tokens);
    String none = base64("{\"alg\":\"none\"}") + "." + token.split("\\.")[1] + ".";
    assertThat(tokens.identify(none, facts)).isNull();
    byte[] publicFile = Files.readAllBytes(open);
    Path asSecret = Files.write(directory.resolve("confused"), publicFile);
    String confused = issue(tokens(settings("HS256", null, asSecret)));
    assertThat(tokens.identify(confused, facts)).isNull();
    assertThat(tokens.identify("", facts)).isNull();
    assertThat(tokens.identify("a.b.c", facts)).isNull();
    assertThat(tokens.identify(token + "x", facts)).isNull();
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void settingsThatNoTokensCanBeMadeOfAreRefusedInWords() throws Exception {
    Path text = Files.writeString(directory.resolve("text"), "no key");
    assertThatThrownBy(() -> tokens(settings("XX256", null, null)))
        .hasMessageContaining("no such sign-method");
    assertThatThrownBy(() -> tokens(settings("none", null, text)))
        .hasMessageContaining("no such sign-method");
    assertThatThrownBy(() -> tokens(settings("RS256", null, text)))
        .hasMessageContaining("cannot be used");
    assertThatThrownBy(() -> tokens(settings("ES256", null, null)))
        .hasMessageContaining("needs pub-key");
    assertThatThrownBy(() -> tokens(settings("HS256", null, null)))
        .hasMessageContaining("needs priv-key");
  }
}
