package io.flotilla.proto;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Everything that a set of `.proto` files says about the wire, as one line of text per fact, so
/// that two schemas are compared by comparing sets.
record Wire(List<FileDescriptor> files) {

  Wire {
    files = List.copyOf(files);
  }

  static Wire of(FileDescriptor... files) {
    return new Wire(List.of(files));
  }

  /// Full names, nested messages included.
  SortedSet<String> messages() {
    return sorted(allMessages().map(Descriptor::getFullName));
  }

  /// What decides about the bytes: `message #number label type`.
  SortedSet<String> fieldNumbersAndTypes() {
    return fields(field -> "");
  }

  /// What JSON and reflection see as well: `message #number label type name (oneof)`.
  SortedSet<String> fieldNames() {
    return fields(Wire::nameAndOneof);
  }

  /// `enum number NAME`.
  SortedSet<String> enumValues() {
    return sorted(
        Stream.concat(
                files.stream().flatMap(file -> file.getEnumTypes().stream()),
                allMessages().flatMap(message -> message.getEnumTypes().stream()))
            .map(EnumDescriptor::getValues)
            .flatMap(Collection::stream)
            .map(
                value ->
                    "%s %d %s"
                        .formatted(
                            value.getType().getFullName(), value.getNumber(), value.getName())));
  }

  /// `service/method request -> response`.
  SortedSet<String> calls() {
    return sorted(
        allMethods()
            .map(
                method ->
                    "%s/%s %s%s -> %s%s"
                        .formatted(
                            method.getService().getFullName(),
                            method.getName(),
                            method.isClientStreaming() ? "stream " : "",
                            method.getInputType().getFullName(),
                            method.isServerStreaming() ? "stream " : "",
                            method.getOutputType().getFullName())));
  }

  Stream<MethodDescriptor> allMethods() {
    return files.stream()
        .flatMap(file -> file.getServices().stream())
        .flatMap(service -> service.getMethods().stream());
  }

  private SortedSet<String> fields(Function<FieldDescriptor, String> suffix) {
    return sorted(
        allMessages()
            .flatMap(message -> message.getFields().stream())
            .map(field -> numberAndType(field) + suffix.apply(field)));
  }

  private Stream<Descriptor> allMessages() {
    return files.stream()
        .flatMap(file -> file.getMessageTypes().stream())
        .flatMap(Wire::withNested);
  }

  private static Stream<Descriptor> withNested(Descriptor message) {
    return Stream.concat(
        Stream.of(message), message.getNestedTypes().stream().flatMap(Wire::withNested));
  }

  private static String numberAndType(FieldDescriptor field) {
    return "%s #%d %s%s"
        .formatted(
            field.getContainingType().getFullName(),
            field.getNumber(),
            field.isRepeated() ? field.isPacked() ? "packed " : "repeated " : "",
            typeOf(field));
  }

  private static String typeOf(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
          field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String nameAndOneof(FieldDescriptor field) {
    var oneof = field.getContainingOneof();
    return " " + field.getName() + (oneof == null ? "" : " (" + oneof.getName() + ")");
  }

  private static SortedSet<String> sorted(Stream<String> facts) {
    return facts.collect(Collectors.toCollection(TreeSet::new));
  }
}
