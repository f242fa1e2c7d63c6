package io.flotilla.router.auth;

/// Who a caller has shown to be.
///
/// @param revision auth revision that the proof is good for: requests on keys are refused once
///     users or roles have changed since
record Identity(String user, long revision) {}
