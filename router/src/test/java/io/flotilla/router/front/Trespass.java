package io.flotilla.router.front;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Makes requests that reach beyond what a user may touch, from one that does not: each differs in
/// one field, wherever that is nested. A field that it knows nothing about fails the test, so that
/// a new one is thought about.
final class Trespass {
  /// A request and the field in which it goes too far.
  record Step(String field, Message request) {}

  /// Fields that name no key, no range and no lease, and show nothing of a key.
  private static final Set<String> HARMLESS =
      Set.of(
          "limit",
          "revision",
          "sort_order",
          "sort_target",
          "serializable",
          "keys_only",
          "count_only",
          "min_mod_revision",
          "max_mod_revision",
          "min_create_revision",
          "max_create_revision",
          "value",
          "ignore_value",
          "ignore_lease",
          "result",
          "target",
          "version",
          "create_revision",
          "mod_revision",
          "start_revision",
          "progress_notify",
          "filters",
          "watch_id",
          "fragment",
          "TTL",
          "keys");

  private final ByteString foreignKey;
  private final ByteString writeOnlyKey;
  private final long foreignLease;

  /// @param foreignKey that the user may not touch
  /// @param writeOnlyKey that it may write and not read
  /// @param foreignLease with a key that it may not touch
  Trespass(ByteString foreignKey, ByteString writeOnlyKey, long foreignLease) {
    this.foreignKey = foreignKey;
    this.writeOnlyKey = writeOnlyKey;
    this.foreignLease = foreignLease;
  }

  List<Step> stepsOf(Message allowed) {
    List<Step> steps = new ArrayList<>();
    for (FieldDescriptor field : allowed.getDescriptorForType().getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        nested(allowed, field, steps);
      } else {
        own(allowed, field, steps);
      }
    }
    return steps;
  }

  private void nested(Message allowed, FieldDescriptor field, List<Step> steps) {
    int count =
        field.isRepeated()
            ? allowed.getRepeatedFieldCount(field)
            : (allowed.hasField(field) ? 1 : 0);
    for (int i = 0; i < count; i++) {
      int at = i;
      Message inner =
          (Message)
              (field.isRepeated() ? allowed.getRepeatedField(field, at) : allowed.getField(field));
      for (Step step : stepsOf(inner)) {
        Message.Builder outer = allowed.toBuilder();
        if (field.isRepeated()) {
          outer.setRepeatedField(field, at, step.request());
        } else {
          outer.setField(field, step.request());
        }
        steps.add(new Step(field.getName() + "[" + at + "]." + step.field(), outer.build()));
      }
    }
  }

  private void own(Message allowed, FieldDescriptor field, List<Step> steps) {
    boolean comparesLease = allowed.getDescriptorForType().getName().equals("Compare");
    switch (field.getName()) {
      case "key" -> steps.add(with(allowed, field, foreignKey));
      case "range_end" -> steps.add(with(allowed, field, ByteString.copyFrom(new byte[1])));
      case "prev_kv" -> {
        FieldDescriptor key = allowed.getDescriptorForType().findFieldByName("key");
        boolean reads = allowed.getDescriptorForType().getName().startsWith("Watch");
        if (!reads) {
          Message unread = allowed.toBuilder().setField(key, writeOnlyKey).build();
          steps.add(with(unread, field, true));
        }
      }
      case "lease", "ID" -> {
        if (!comparesLease) {
          steps.add(with(allowed, field, foreignLease));
        }
      }
      default -> {
        if (!HARMLESS.contains(field.getName())) {
          throw new AssertionError("nobody thought about " + field.getFullName());
        }
      }
    }
  }

  private static Step with(Message request, FieldDescriptor field, Object value) {
    return new Step(field.getName(), request.toBuilder().setField(field, value).build());
  }
}
