package io.flotilla.simulation.history;

/// Who asked whom.
///
/// @param client the client's number
/// @param node the node's number
/// @param start how often that node had been started; what it shows without asking others may go
///     back when it starts anew, and only then
public record Where(int client, int node, int start) {
  @Override
  public String toString() {
    return "client " + client + " node " + node + "/" + start;
  }
}
