package io.flotilla.router.route;

/// The moment that a request over several groups reads at cannot be read any more, or not yet as a
/// whole: a later one has to be taken. Never leaves this package.
final class StaleMoment extends RuntimeException {
  StaleMoment() {
    super("the groups cannot be read together at this moment", null, false, false);
  }
}
