package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.etcd.DowngradeRequest;
import io.flotilla.proto.etcd.DowngradeResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.ApiVersion;
import io.flotilla.router.front.rpc.Call;
import io.vertx.core.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// etcd's downgrade call. A target is judged as etcd judges it; enabling one is refused, since
/// there is no older version of the storage format to go back to.
final class Downgrades {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})(\\.\\d{1,9})?");

  private static final RangeRequest PROBE =
      RangeRequest.newBuilder()
          .setKey(ByteString.copyFrom(new byte[1]))
          .setLimit(1)
          .setKeysOnly(true)
          .build();

  private final GroupDoor group;
  private final Headers headers;

  Downgrades(GroupDoor group, Headers headers) {
    this.group = group;
    this.headers = headers;
  }

  Future<DowngradeResponse> downgrade(Call call, DowngradeRequest request) {
    return switch (request.getAction()) {
      case VALIDATE -> validate(call, request);
      case ENABLE ->
          validate(call, request)
              .transform(
                  (_, failure) ->
                      Future.failedFuture(
                          failure != null ? failure : ApiError.DOWNGRADE_TARGET.asException()));
      case CANCEL -> Future.succeededFuture(answer());
      case UNRECOGNIZED -> throw ApiError.UNKNOWN_METHOD.asException();
    };
  }

  private Future<DowngradeResponse> validate(Call call, DowngradeRequest request) {
    Matcher version = VERSION.matcher(request.getVersion());
    if (!version.matches()) {
      throw ApiError.DOWNGRADE_TARGET_FORMAT.asException();
    }
    boolean oneLower =
        Integer.parseInt(version.group(1)) == ApiVersion.DOWNGRADE_MAJOR
            && Integer.parseInt(version.group(2)) == ApiVersion.DOWNGRADE_MINOR;
    return group
        .read(ReadMode.LINEARIZABLE, new ShardQuery.Range(PROBE), call.deadlineNanos())
        .map(
            _ -> {
              if (!oneLower) {
                throw ApiError.DOWNGRADE_TARGET.asException();
              }
              return answer();
            });
  }

  private DowngradeResponse answer() {
    return DowngradeResponse.newBuilder()
        .setHeader(headers.now())
        .setVersion(ApiVersion.CLUSTER_MINOR)
        .build();
  }
}
