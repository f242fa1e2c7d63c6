/// Watches of one node: the hub turns each ordered mutation of any group into what every watcher
/// has to see, puts those of several groups into one order for watchers whose range needs it, and
/// brings late watchers up from history. All of its state belongs to the event loop of the node's
/// groups; only [io.flotilla.router.watch.WatchSession] lives on the client's. Design:
/// `docs/design/0004-watch.md`.
@NullMarked
package io.flotilla.router.watch;

import org.jspecify.annotations.NullMarked;
