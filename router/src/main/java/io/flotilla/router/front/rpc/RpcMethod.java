package io.flotilla.router.front.rpc;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import io.flotilla.base.Invariants;
import io.vertx.grpc.common.ServiceMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One method of the API: its names, its shape, and who serves it. Immutable and shared by all
/// event loops.
///
/// @param <Q> the request
/// @param <R> the response
public final class RpcMethod<Q extends Message, R extends Message> {
  /// What the method is exempt from. Everything not named applies.
  public enum Trait {
    /// A learner serves it.
    LEARNER,
    /// It may take longer than the server's request timeout.
    LONG_RUNNING,
    /// It is served whatever state the cluster is in, also while this server shuts down.
    ALWAYS
  }

  private final MethodDescriptor descriptor;
  private final Q requestPrototype;
  private final RpcKind kind;
  private final @Nullable UnaryHandler<Q, R> unary;
  private final @Nullable StreamHandler<Q, R> stream;
  private final List<Trait> traits;
  private final List<String> httpPaths;
  private final RequestCheck<Q> check;

  private RpcMethod(
      ServiceMethod<Q, R> method,
      Q requestPrototype,
      @Nullable UnaryHandler<Q, R> unary,
      @Nullable StreamHandler<Q, R> stream,
      Trait... traits) {
    this.descriptor = descriptorOf(method, requestPrototype);
    this.requestPrototype = requestPrototype;
    this.kind = kindOf(descriptor);
    this.unary = unary;
    this.stream = stream;
    this.traits = List.of(traits);
    this.httpPaths = httpPathsOf(descriptor);
    this.check = (_, _) -> null;
    Invariants.check((kind == RpcKind.UNARY) == (unary != null), "the handler fits the method");
  }

  private RpcMethod(RpcMethod<Q, R> other, RequestCheck<Q> check) {
    this.descriptor = other.descriptor;
    this.requestPrototype = other.requestPrototype;
    this.kind = other.kind;
    this.unary = other.unary;
    this.stream = other.stream;
    this.traits = other.traits;
    this.httpPaths = other.httpPaths;
    this.check = check;
  }

  /// This method, with what its requests are refused for before anybody asks who the caller is. The
  /// handler refuses the same: it is not asked where the caller is let through.
  public RpcMethod<Q, R> checkedBy(RequestCheck<Q> newCheck) {
    return new RpcMethod<>(this, newCheck);
  }

  public static <Q extends Message, R extends Message> RpcMethod<Q, R> unary(
      ServiceMethod<Q, R> method, Q prototype, UnaryHandler<Q, R> handler, Trait... traits) {
    return new RpcMethod<>(method, prototype, handler, null, traits);
  }

  public static <Q extends Message, R extends Message> RpcMethod<Q, R> stream(
      ServiceMethod<Q, R> method, Q prototype, StreamHandler<Q, R> handler, Trait... traits) {
    return new RpcMethod<>(method, prototype, null, handler, traits);
  }

  private static MethodDescriptor descriptorOf(ServiceMethod<?, ?> method, Message prototype) {
    MethodDescriptor found =
        find(prototype.getDescriptorForType().getFile(), method.serviceName().name(), method);
    Invariants.check(
        found.getInputType() == prototype.getDescriptorForType(), "the prototype is the request");
    return found;
  }

  private static MethodDescriptor find(
      FileDescriptor file, String service, ServiceMethod<?, ?> method) {
    ServiceDescriptor owner = file.findServiceByName(service);
    MethodDescriptor found = owner == null ? null : owner.findMethodByName(method.methodName());
    if (found == null) {
      throw new IllegalArgumentException("no descriptor of " + method.fullMethodName());
    }
    return found;
  }

  private static RpcKind kindOf(MethodDescriptor descriptor) {
    if (descriptor.isClientStreaming()) {
      return RpcKind.BIDI_STREAM;
    }
    return descriptor.isServerStreaming() ? RpcKind.SERVER_STREAM : RpcKind.UNARY;
  }

  private static List<String> httpPathsOf(MethodDescriptor descriptor) {
    var paths = new ArrayList<String>();
    if (descriptor.getOptions().hasExtension(AnnotationsProto.http)) {
      HttpRule rule = descriptor.getOptions().getExtension(AnnotationsProto.http);
      paths.add(rule.getPost());
      rule.getAdditionalBindingsList().forEach(binding -> paths.add(binding.getPost()));
    }
    return List.copyOf(paths);
  }

  /// Such as `etcdserverpb.KV`.
  public String service() {
    return descriptor.getService().getFullName();
  }

  /// Such as `Range`.
  public String name() {
    return descriptor.getName();
  }

  public MethodDescriptor descriptor() {
    return descriptor;
  }

  public RpcKind kind() {
    return kind;
  }

  public Q requestPrototype() {
    return requestPrototype;
  }

  /// Paths of the JSON gateway, all for POST; none for a method that has no JSON form.
  public List<String> httpPaths() {
    return httpPaths;
  }

  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  RequestCheck<Q> check() {
    return check;
  }

  UnaryHandler<Q, R> unaryHandler() {
    UnaryHandler<Q, R> handler = unary;
    if (handler == null) {
      throw new IllegalStateException(this + " is a stream");
    }
    return handler;
  }

  StreamHandler<Q, R> streamHandler() {
    StreamHandler<Q, R> handler = stream;
    if (handler == null) {
      throw new IllegalStateException(this + " is unary");
    }
    return handler;
  }

  @Override
  public String toString() {
    return service() + "/" + name();
  }
}
