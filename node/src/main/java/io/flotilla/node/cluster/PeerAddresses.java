package io.flotilla.node.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Says whether lists of peer URLs mean the same addresses, whatever names they use (etcd
/// behaviour). May block: names are resolved.
final class PeerAddresses {
  private final Names names;

  PeerAddresses(Names names) {
    this.names = names;
  }

  /// Nobody is asked about lists of different length, or that are equal as texts.
  ///
  /// @throws IOException when a name cannot be resolved
  boolean same(List<String> one, List<String> other) throws IOException {
    List<String> first = one.stream().sorted().toList();
    List<String> second = other.stream().sorted().toList();
    if (first.size() != second.size()) {
      return false;
    }
    return first.equals(second) || resolved(first).equals(resolved(second));
  }

  private List<String> resolved(List<String> urls) throws IOException {
    List<String> addresses = new ArrayList<>();
    for (String url : urls) {
      int host = url.indexOf("://") + 3;
      int port = url.lastIndexOf(':');
      addresses.add(
          url.substring(0, host) + names.address(url.substring(host, port)) + url.substring(port));
    }
    addresses.sort(null);
    return addresses;
  }
}
