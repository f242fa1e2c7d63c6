package io.flotilla.node.cli;

import picocli.CommandLine.Command;

/// `flotilla storage`: looks at data directories offline.
@Command(name = "storage", description = "Looks at data directories offline.")
final class StorageCommand {}
