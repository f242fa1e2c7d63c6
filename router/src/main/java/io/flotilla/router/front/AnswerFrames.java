package io.flotilla.router.front;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2FrameTypes;

/// Sees the HTTP/2 frames of one connection on their way out and reports those that carry an
/// answer: HEADERS and DATA. The HTTP/2 layer above has no event for it.
final class AnswerFrames extends ChannelOutboundHandlerAdapter {
  private static final int TYPE_OFFSET = 3;
  private static final int FRAME_HEADER_BYTES = 9;

  private final Runnable onAnswer;

  private AnswerFrames(Runnable onAnswer) {
    this.onAnswer = onAnswer;
  }

  /// @param pipeline of an HTTP/2 connection
  static void report(ChannelPipeline pipeline, Runnable onAnswer) {
    String codec = pipeline.context(Http2ConnectionHandler.class).name();
    pipeline.addBefore(codec, "answer-frames", new AnswerFrames(onAnswer));
  }

  /// A frame begins with its header; what is misread as one is the payload of an answer.
  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf frame && frame.readableBytes() >= FRAME_HEADER_BYTES) {
      byte type = frame.getByte(frame.readerIndex() + TYPE_OFFSET);
      if (type == Http2FrameTypes.DATA || type == Http2FrameTypes.HEADERS) {
        onAnswer.run();
      }
    }
    super.write(context, message, promise);
  }
}
