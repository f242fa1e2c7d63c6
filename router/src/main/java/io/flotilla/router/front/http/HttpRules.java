package io.flotilla.router.front.http;

import java.util.Set;

/// What HTTP requests have to fulfil.
///
/// @param corsOrigins origins that browsers may call from; `*` for all
/// @param hostWhitelist names that cleartext requests may be addressed to; `*` or none for all
/// @param gateway whether the API is offered as JSON
/// @param exposesVars whether process facts are shown at /debug/vars
public record HttpRules(
    Set<String> corsOrigins, Set<String> hostWhitelist, boolean gateway, boolean exposesVars) {
  public HttpRules {
    corsOrigins = Set.copyOf(corsOrigins);
    hostWhitelist = Set.copyOf(hostWhitelist);
  }
}
