package io.flotilla.router.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.router.route.CallerLoop;
import io.vertx.core.Future;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordsTest {
  /// bcrypt of `abc`, as other implementations make it (from the tests of OpenBSD's).
  private static final String KNOWN =
      "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

  private final ManualClock clock = new ManualClock();
  private final Workers workers = new Workers(1, CallerLoop.of(new DirectLoop()), clock);
  private final Passwords passwords = new Passwords(workers, 4);
  private final AuthFacts facts = FakeRoot.usersAre();

  @AfterEach
  void close() {
    workers.close();
  }

  private long soon() {
    return clock.nanoTime() + 1;
  }

  private static User user(byte[] hash, long credential) {
    return new User("alice", ByteString.copyFrom(hash), false, List.of(), credential);
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not completed well", e);
    }
  }

  private byte[] hash(String password) {
    return Base64.getDecoder().decode(await(passwords.hash(password, soon())));
  }

  @Test
  void hashesOfOthersAreUnderstood() {
    User alice = user(KNOWN.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 1);
    assertThat(await(passwords.fits(alice, "abc", facts, soon()))).isTrue();
    assertThat(await(passwords.fits(alice, "abd", facts, soon()))).isFalse();
  }

  @Test
  void aHashFitsItsPasswordOnly() {
    byte[] hash = hash("pässword");
    assertThat(new String(hash, java.nio.charset.StandardCharsets.US_ASCII)).startsWith("$2a$04$");
    assertThat(hash("pässword")).as("salted").isNotEqualTo(hash);
    assertThat(await(passwords.fits(user(hash, 1), "pässword", facts, soon()))).isTrue();
    assertThat(await(passwords.fits(user(hash, 1), "password", facts, soon()))).isFalse();
    assertThat(await(passwords.fits(user(new byte[0], 1), "", facts, soon()))).isFalse();
    assertThat(await(passwords.fits(user(new byte[] {1, 2}, 1), "", facts, soon()))).isFalse();
  }

  /// What was right once is known until users change; what was wrong is compared each time.
  @Test
  void aPasswordThatWasRightIsRemembered() throws Exception {
    byte[] hash = hash("pw");
    await(passwords.fits(user(hash, 1), "pw", facts, soon()));
    var release = block();
    assertThat(passwords.fits(user(hash, 1), "pw", facts, soon()).result()).isTrue();
    var others = new AuthFacts(true, 6, 0, new TreeMap<>(), new TreeMap<>());
    List<Future<Boolean>> compared =
        List.of(
            passwords.fits(user(hash, 1), "pW", facts, soon()),
            passwords.fits(user(hash, 2), "pw", facts, soon()),
            passwords.fits(user(hash, 1), "pw", others, soon()));
    assertThat(compared).noneMatch(Future::isComplete);
    release.countDown();
    assertThat(compared.stream().map(PasswordsTest::await)).containsExactly(false, true, true);
  }

  /// Occupies the only thread until the latch is released.
  private CountDownLatch block() throws InterruptedException {
    var release = new CountDownLatch(1);
    var running = new CountDownLatch(1);
    workers.run(
        () -> {
          running.countDown();
          try {
            return release.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            return false;
          }
        },
        soon());
    running.await();
    return release;
  }

  @Test
  void aStormIsBoundedAndWhoeverGaveUpIsNotServed() throws Exception {
    var release = block();
    int refused = 0;
    Future<Boolean> last = Future.succeededFuture(true);
    for (int i = 0; i < 1100; i++) {
      Future<Boolean> asked = workers.run(() -> true, soon());
      if (asked.failed()) {
        refused++;
        assertThat(((RejectedException) asked.cause()).rejection())
            .isInstanceOf(Rejection.TooManyRequests.class);
      } else {
        last = asked;
      }
    }
    assertThat(refused).isEqualTo(1100 - 1024);
    assertThat(workers.waiting()).isEqualTo(1024);
    clock.pass(1);
    release.countDown();
    Throwable late = await(last.transform((_, failure) -> Future.succeededFuture(failure)));
    assertThat(late).hasMessage("context deadline exceeded");
  }
}
