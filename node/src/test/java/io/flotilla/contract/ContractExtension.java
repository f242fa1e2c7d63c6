package io.flotilla.contract;

import com.google.protobuf.ByteString;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.commons.support.AnnotationSupport;

/// Gives each test its server, client and keys, and reports tests that are about other release
/// lines than the server's as failed assumptions.
final class ContractExtension implements BeforeEachCallback {
  private static final Namespace SPACE = Namespace.create(ContractExtension.class);
  static final String RUN = Integer.toHexString(ThreadLocalRandom.current().nextInt());
  private static final AtomicLong TESTS = new AtomicLong();

  @Override
  public void beforeEach(ExtensionContext context) {
    var test = (ContractTest) context.getRequiredTestInstance();
    assumeDialect(context);
    test.server = server(context);
    test.etcd = test.server.client();
    boolean alone = context.getExecutionMode() == ExecutionMode.SAME_THREAD;
    long number = TESTS.incrementAndGet();
    test.prefix = alone ? Shards.prefix(RUN, number) : Shards.ownPrefix(RUN, number);
    if (alone && Shards.areShared()) {
      ByteString keys = Requests.bytes(test.prefix);
      test.etcd.delete(Requests.delete(keys, Requests.prefixEnd(keys)));
    }
  }

  private static void assumeDialect(ExtensionContext context) {
    for (var scope = Optional.of(context); scope.isPresent(); scope = scope.get().getParent()) {
      var element = scope.get().getElement();
      AnnotationSupport.findAnnotation(element, Since.class)
          .ifPresent(
              since ->
                  Assumptions.assumeTrue(
                      dialect().atLeast(since.value()),
                      () ->
                          "since "
                              + since.value()
                              + ", the server is "
                              + dialect()
                              + ": "
                              + since.because()));
      AnnotationSupport.findAnnotation(element, Before.class)
          .ifPresent(
              before ->
                  Assumptions.assumeFalse(
                      dialect().atLeast(before.value()),
                      () ->
                          "before "
                              + before.value()
                              + ", the server is "
                              + dialect()
                              + ": "
                              + before.because()));
    }
  }

  private static Dialect dialect() {
    return Servers.shared().dialect();
  }

  private static Server server(ExtensionContext context) {
    for (var scope = Optional.of(context); scope.isPresent(); scope = scope.get().getParent()) {
      var owner = scope.get();
      var own = AnnotationSupport.findAnnotation(owner.getElement(), OwnServer.class);
      if (own.isPresent()) {
        return owner
            .getStore(SPACE)
            .computeIfAbsent(
                owner.getUniqueId(), id -> Servers.fresh(own.get().value()), Server.class);
      }
    }
    return Servers.shared();
  }
}
