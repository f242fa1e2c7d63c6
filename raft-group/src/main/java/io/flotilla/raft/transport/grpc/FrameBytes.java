package io.flotilla.raft.transport.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.proto.peer.Frame;
import io.netty.buffer.Unpooled;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcMessage;
import java.io.IOException;

/// Frames as the messages of a stream.
final class FrameBytes {
  private static final String PLAIN = "identity";

  private FrameBytes() {}

  /// The array that the frame is written to is the one that is sent.
  static GrpcMessage encode(Frame frame) {
    var bytes = BufferInternal.buffer(Unpooled.wrappedBuffer(frame.toByteArray()));
    return GrpcMessage.message(PLAIN, bytes);
  }

  /// Reads in place: only what the frame keeps is copied.
  ///
  /// @throws InvalidProtocolBufferException when these are not the bytes of a frame
  static Frame decode(GrpcMessage message) throws InvalidProtocolBufferException {
    if (!message.encoding().equals(PLAIN)) {
      throw new InvalidProtocolBufferException("frames are not compressed");
    }
    var bytes = ((BufferInternal) message.payload()).getByteBuf();
    try {
      CodedInputStream in = CodedInputStream.newInstance(bytes.nioBuffer());
      Frame frame = Frame.parseFrom(in);
      in.checkLastTagWas(0);
      return frame;
    } catch (InvalidProtocolBufferException malformed) {
      throw malformed;
    } catch (IOException impossible) {
      throw new IllegalStateException("memory cannot fail to be read", impossible);
    }
  }
}
