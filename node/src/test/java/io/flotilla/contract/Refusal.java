package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// How a call failed: clients match on both, so both are contract (2.1.4).
record Refusal(Status.Code code, String text) {
  static Refusal of(Status status) {
    var text = status.getDescription();
    return new Refusal(status.getCode(), text == null ? "" : text);
  }

  /// Asserts that the call is refused and hands out how.
  static Refusal of(ThrowingCallable call) {
    var thrown = catchThrowable(call);
    assertThat(thrown).as("the call is refused").isInstanceOf(StatusRuntimeException.class);
    return of(((StatusRuntimeException) thrown).getStatus());
  }

  static void assertRefused(Status.Code code, String text, ThrowingCallable call) {
    assertThat(of(call)).isEqualTo(new Refusal(code, text));
  }
}
