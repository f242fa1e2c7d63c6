package io.flotilla.router.front.rpc;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// All methods that this server has. Whatever is not in here does not exist, on any protocol.
public final class RpcRegistry {
  private final Map<String, RpcMethod<?, ?>> byName = new LinkedHashMap<>();
  private final Set<String> services = new TreeSet<>();

  public RpcRegistry(List<RpcMethod<?, ?>> methods) {
    for (RpcMethod<?, ?> method : methods) {
      if (byName.put(method.toString(), method) != null) {
        throw new IllegalArgumentException("registered twice: " + method);
      }
      services.add(method.service());
    }
  }

  public Collection<RpcMethod<?, ?>> methods() {
    return byName.values();
  }

  /// Full names such as `etcdserverpb.KV`.
  public Set<String> services() {
    return services;
  }
}
