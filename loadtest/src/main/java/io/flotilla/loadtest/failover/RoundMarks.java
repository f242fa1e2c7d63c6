package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.Endpoint;
import java.util.Optional;

/// When the parts of a round were.
///
/// @param number from 1
/// @param startNanos when the quiet time before the event began
/// @param eventNanos when the event was set off
/// @param restoreNanos when the restoration was set off
/// @param wholeNanos when the cluster was whole again
/// @param endNanos when the round was over
/// @param leaderBefore the endpoint that led before the event
/// @param leaderAfter the endpoint that led at the end
record RoundMarks(
    int number,
    long startNanos,
    long eventNanos,
    long restoreNanos,
    long wholeNanos,
    long endNanos,
    Optional<Endpoint> leaderBefore,
    Optional<Endpoint> leaderAfter) {}
