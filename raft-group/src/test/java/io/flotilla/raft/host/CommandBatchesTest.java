package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandBatchesTest {
  private static Command put(String key) {
    return Command.newBuilder()
        .setPut(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)))
        .build();
  }

  @Test
  void commandsComeBackInOrder() {
    var commands = List.of(put("a"), put("b"), put("a"));
    assertThat(CommandBatches.decode(CommandBatches.encode(commands))).isEqualTo(commands);
  }

  /// What a front let in must not keep the log from being read.
  @Test
  void deeplyNestedTxnsCanBeRead() {
    var txn = TxnRequest.newBuilder();
    for (int i = 0; i < 500; i++) {
      txn = TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestTxn(txn));
    }
    var commands = List.of(Command.newBuilder().setTxn(txn).build());
    assertThat(CommandBatches.decode(CommandBatches.encode(commands))).isEqualTo(commands);
  }

  @Test
  void damagedPayloadsAreNoBatch() {
    assertThatThrownBy(() -> CommandBatches.decode(new byte[] {10, 100}))
        .isInstanceOf(IllegalStateException.class);
  }
}
