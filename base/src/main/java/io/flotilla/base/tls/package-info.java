/// Certificates of TLS: where they lie, whom they let in, and how those that run take renewed ones
/// up. JDK only, and no sockets: what uses it hands the key and trust managers to its own.
@NullMarked
package io.flotilla.base.tls;

import org.jspecify.annotations.NullMarked;
