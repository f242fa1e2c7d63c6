package io.flotilla.node.run;

import io.flotilla.base.tls.SelfSigned;
import io.flotilla.base.tls.TlsException;
import io.flotilla.base.tls.TlsFiles;
import io.flotilla.base.tls.TlsMaterial;
import io.flotilla.base.tls.TlsRules;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.node.config.NodeConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The node's certificates, one store for each kind of port, and the look at their files every
/// second: whoever connects later meets the renewed ones.
final class Certificates {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);
  private static final long INTERVAL_MILLIS = 1000;

  /// Looks in a row after which a fault is told: a certificate and its key are written one after
  /// the other.
  private static final int PATIENT_LOOKS = 3;

  private static final String CLIENTS = "client";
  private static final String MEMBERS = "peer";

  private final Map<String, Watched> stores = new LinkedHashMap<>();
  private final AtomicBoolean looking = new AtomicBoolean();

  private Certificates() {}

  /// A store, and how its files were at the last looks. On the thread that looks.
  private static final class Watched {
    private final TlsStore store;
    private int faultyLooks;

    Watched(TlsStore store) {
      this.store = store;
    }
  }

  /// Reads the certificates that the settings name, or makes them; blocks.
  ///
  /// @throws StartupException when they cannot be used
  static Certificates open(NodeConfig config) {
    var certificates = new Certificates();
    certificates.open(CLIENTS, config.listen().tls());
    certificates.open(MEMBERS, config.peers().tls());
    return certificates;
  }

  private void open(String port, NodeConfig.@Nullable Tls tls) {
    if (tls == null) {
      return;
    }
    try {
      NodeConfig.SelfSigning signing = tls.selfSigning();
      if (signing != null
          && SelfSigned.provide(
              signing.folder(), signing.hosts(), signing.years(), Instant.now())) {
        LOG.atInfo()
            .addKeyValue("event", "certificate-made")
            .addKeyValue("port", port)
            .addKeyValue("folder", signing.folder())
            .addKeyValue("years", signing.years())
            .log("made a certificate that hides connections and proves nothing");
      }
      stores.put(port, new Watched(TlsStore.open(files(tls), rules(tls))));
    } catch (TlsException fault) {
      throw new StartupException(fault.getMessage() + "; put the file right and start again");
    } catch (IOException fault) {
      throw new StartupException("could not make a certificate: " + fault);
    }
  }

  private static TlsFiles files(NodeConfig.Tls tls) {
    return new TlsFiles(pair(tls.serving()), pair(tls.calling()), tls.trustedCa(), tls.revoked());
  }

  private static TlsFiles.Pair pair(NodeConfig.KeyPair pair) {
    return new TlsFiles.Pair(pair.certificate(), pair.key());
  }

  private static TlsRules rules(NodeConfig.Tls tls) {
    NodeConfig.Callers callers = tls.callers();
    var clients =
        new TlsRules.Clients(Set.copyOf(callers.commonNames()), Set.copyOf(callers.hostnames()));
    return new TlsRules(
        tls.selfSigning() == null,
        callers.authenticated() ? clients : null,
        tls.protocols(),
        tls.cipherSuites());
  }

  /// Null when clients come without TLS.
  @Nullable TlsStore ofClients() {
    return store(CLIENTS);
  }

  /// Null when members come without TLS.
  @Nullable TlsStore ofMembers() {
    return store(MEMBERS);
  }

  private @Nullable TlsStore store(String port) {
    Watched watched = stores.get(port);
    return watched == null ? null : watched.store;
  }

  // ------------------------------------------------------------------- renewal

  /// Looks at the files from now on, until what is returned is run.
  Runnable watch(Vertx vertx, WorkerExecutor storage) {
    if (stores.isEmpty()) {
      return () -> {};
    }
    long timer = vertx.setPeriodic(INTERVAL_MILLIS, _ -> look(storage));
    return () -> vertx.cancelTimer(timer);
  }

  /// One look at a time: a disk may take longer than the interval.
  private void look(WorkerExecutor storage) {
    if (looking.compareAndSet(false, true)) {
      storage
          .executeBlocking(
              () -> {
                stores.forEach(Certificates::look);
                return null;
              },
              false)
          .onComplete(
              (_, failure) -> {
                looking.set(false);
                if (failure != null) {
                  LOG.atError()
                      .setCause(failure)
                      .log("the files of certificates were not looked at");
                }
              });
    }
  }

  private static void look(String port, Watched watched) {
    switch (watched.store.refresh()) {
      case TlsStore.Refreshed.Unchanged _ -> watched.faultyLooks = 0;
      case TlsStore.Refreshed.Renewed _ -> {
        watched.faultyLooks = 0;
        LOG.atInfo()
            .addKeyValue("event", "certificates-renewed")
            .addKeyValue("port", port)
            .addKeyValue("valid-until", watched.store.current().ends().serving())
            .log("took renewed certificates up");
      }
      case TlsStore.Refreshed.Faulty(String reason) -> {
        watched.faultyLooks++;
        if (watched.faultyLooks == PATIENT_LOOKS) {
          LOG.atError()
              .addKeyValue("event", "certificates-not-renewed")
              .addKeyValue("port", port)
              .addKeyValue("files", watched.store.files())
              .log(
                  "the files of certificates cannot be used, those read before stay in use: {};"
                      + " put the files right, they are looked at every second",
                  reason);
        }
      }
    }
  }

  // ------------------------------------------------------------------- figures

  /// When certificates end, for alerts.
  void measure(MeterRegistry meters) {
    stores.forEach(
        (port, watched) -> {
          gauge(meters, port, "server", watched.store, TlsMaterial.Ends::serving);
          gauge(meters, port, "client", watched.store, TlsMaterial.Ends::calling);
          gauge(meters, port, "authority", watched.store, TlsMaterial.Ends::authorities);
        });
  }

  private static void gauge(
      MeterRegistry meters,
      String port,
      String certificate,
      TlsStore store,
      Function<TlsMaterial.Ends, @Nullable Instant> end) {
    boolean shown = !(port.equals(CLIENTS) && certificate.equals("client"));
    if (shown && end.apply(store.current().ends()) != null) {
      Gauge.builder("flotilla.certificate.expiration.timestamp", store, now -> seconds(now, end))
          .description("When the first certificate of its chain or file stops being valid")
          .baseUnit("seconds")
          .tag("port", port)
          .tag("certificate", certificate)
          .strongReference(true)
          .register(meters);
    }
  }

  private static double seconds(TlsStore store, Function<TlsMaterial.Ends, @Nullable Instant> end) {
    Instant when = end.apply(store.current().ends());
    return when == null ? Double.NaN : when.getEpochSecond();
  }
}
