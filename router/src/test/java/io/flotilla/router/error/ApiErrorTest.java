package io.flotilla.router.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.raft.shard.RequestFault;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ApiErrorTest {
  @Test
  void noTwoRowsSayTheSame() {
    var seen = new HashSet<ApiStatus>();
    for (ApiError row : ApiError.values()) {
      assertThat(seen.add(row.status())).as(row.name()).isTrue();
    }
  }

  @Test
  void textsHaveEtcdsPrefixUnlessEtcdHasNone() {
    var bare =
        Arrays.stream(ApiError.values())
            .filter(row -> !row.status().message().startsWith("etcdserver: "))
            .toList();
    assertThat(bare)
        .containsExactlyInAnyOrder(
            ApiError.DEADLINE,
            ApiError.NOT_PRIMARY_LESSOR,
            ApiError.NO_PASSWORD_USER,
            ApiError.PASSWORD_TOO_LONG,
            ApiError.VERIFY_ONLY,
            ApiError.ELECTION_NO_LEADER,
            ApiError.ELECTION_NOT_LEADER,
            ApiError.ELECTION_MISSING_LEADER,
            ApiError.SESSION_EXPIRED,
            ApiError.STREAM_CUSTOM_SORT,
            ApiError.STREAM_REVISION_FILTERS);
  }

  @Test
  void everyFaultOfARequestHasARow() {
    var rows = new HashSet<ApiError>();
    for (RequestFault fault : RequestFault.values()) {
      assertThat(rows.add(RequestErrors.of(fault))).as(fault.name()).isTrue();
    }
  }

  @Test
  void unforeseenFailuresHaveNoRow() {
    assertThat(ApiError.find(new IllegalStateException())).isNull();
    assertThat(ApiError.find(ApiError.TIMEOUT.asException())).isEqualTo(ApiError.TIMEOUT.status());
  }
}
