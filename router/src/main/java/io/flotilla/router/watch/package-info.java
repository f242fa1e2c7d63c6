/// Watches of one node: the hub turns each ordered mutation into what every watcher has to see,
/// and brings late watchers up from history. All of its state belongs to the group's event loop;
/// only [io.flotilla.router.watch.WatchSession] lives on the client's. Design:
/// `docs/design/0004-watch.md`.
@NullMarked
package io.flotilla.router.watch;

import org.jspecify.annotations.NullMarked;
