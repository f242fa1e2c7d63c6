package io.flotilla.simulation.history;

/// One condition of a transaction. Over a span it holds if it holds for every key in it; a key that
/// does not exist compares as all zeros, and not at all by value (etcd behaviour).
///
/// @param number what is compared with, for all targets but the value
/// @param value what is compared with, for the value
public record Compare(Span span, Target target, Relation relation, long number, String value) {
  /// What of a key is compared.
  public enum Target {
    VERSION,
    CREATED,
    MODIFIED,
    VALUE,
    LEASE
  }

  /// What has to hold between what is stored and what is given.
  public enum Relation {
    EQUAL,
    GREATER,
    LESS,
    NOT_EQUAL
  }

  public static Compare number(String key, Target target, Relation relation, long number) {
    return new Compare(Span.single(key), target, relation, number, "");
  }

  public static Compare value(String key, Relation relation, String value) {
    return new Compare(Span.single(key), Target.VALUE, relation, 0, value);
  }

  boolean holdsFor(Kv kv) {
    int order =
        switch (target) {
          case VERSION -> Long.compare(kv.version(), number);
          case CREATED -> Long.compare(kv.created(), number);
          case MODIFIED -> Long.compare(kv.modified(), number);
          case LEASE -> Long.compare(kv.lease(), number);
          case VALUE -> kv.value().compareTo(value);
        };
    return switch (relation) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
    };
  }

  boolean holdsForNothing() {
    return target != Target.VALUE && holdsFor(new Kv(span.key(), "", 0, 0, 0, 0));
  }

  @Override
  public String toString() {
    String against = target == Target.VALUE ? Words.of(value) : Long.toString(number);
    return target + "(" + span + ") " + relation + " " + against;
  }
}
