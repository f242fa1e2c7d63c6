package io.flotilla.raft.transport.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.flotilla.proto.peer.Frame;
import io.netty.buffer.Unpooled;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcMessage;

/// Frames, and whatever else nodes say to each other, as the messages of a stream.
final class FrameBytes {
  private static final String PLAIN = "identity";

  private FrameBytes() {}

  /// The array that the message is written to is the one that is sent.
  static GrpcMessage encode(MessageLite message) {
    var bytes = BufferInternal.buffer(Unpooled.wrappedBuffer(message.toByteArray()));
    return GrpcMessage.message(PLAIN, bytes);
  }

  /// Reads in place: only what the frame keeps is copied.
  ///
  /// @throws InvalidProtocolBufferException when these are not the bytes of a frame
  static Frame decode(GrpcMessage message) throws InvalidProtocolBufferException {
    return decode(message, Frame.parser());
  }

  /// As [#decode(GrpcMessage)], for what `parser` reads.
  static <T> T decode(GrpcMessage message, Parser<T> parser) throws InvalidProtocolBufferException {
    if (!message.encoding().equals(PLAIN)) {
      throw new InvalidProtocolBufferException("messages of nodes are not compressed");
    }
    var bytes = ((BufferInternal) message.payload()).getByteBuf();
    CodedInputStream in = CodedInputStream.newInstance(bytes.nioBuffer());
    T parsed = parser.parseFrom(in);
    in.checkLastTagWas(0);
    return parsed;
  }
}
