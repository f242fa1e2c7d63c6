package io.flotilla.contract;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;

/// What every test of the suite starts with: a server, a client, and a part of the key space that
/// no other test touches. [ContractExtension] fills the fields in before each test.
@ExtendWith(ContractExtension.class)
abstract class ContractTest {
  @SuppressWarnings("NullAway.Init")
  Server server;

  @SuppressWarnings("NullAway.Init")
  Etcd etcd;

  @SuppressWarnings("NullAway.Init")
  String prefix;

  /// A key of this test.
  final ByteString key(String name) {
    return Requests.bytes(prefix + name);
  }

  /// All keys of this test.
  final RangeRequest.Builder all() {
    return Requests.range(key(""), Requests.prefixEnd(key("")));
  }

  /// The present pairs of this test.
  final List<KeyValue> pairs() {
    return etcd.range(all()).getKvsList();
  }

  /// The present pair of a key of this test, which has to exist.
  final KeyValue pair(String name) {
    var found = etcd.range(Requests.range(key(name)));
    if (found.getKvsCount() != 1) {
      throw new AssertionError("no key " + prefix + name);
    }
    return found.getKvs(0);
  }

  /// Reports a test of what holds for the only member of a cluster as a failed assumption where
  /// there are several.
  final void assumeOneMember(String because) {
    Assumptions.assumeTrue(server.size() == 1, because);
  }

  final Http http() {
    return new Http(server.endpoint());
  }

  /// The names of these pairs without the test's prefix.
  final List<String> names(List<KeyValue> pairs) {
    return pairs.stream()
        .map(pair -> pair.getKey().toStringUtf8().substring(prefix.length()))
        .toList();
  }
}
