package io.flotilla.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  private final StringWriter err = new StringWriter();

  @Test
  void wrongLineNamesTheHelpThatFits() {
    assertThat(run("server", "--no-such-setting")).isEqualTo(2);
    assertThat(err.toString()).contains("Try 'flotilla help server'");
    assertThat(run("storage")).isEqualTo(2);
    assertThat(err.toString()).contains("Try 'flotilla help storage'");
    assertThat(run("storage", "check")).isEqualTo(2);
    assertThat(err.toString()).contains("Try 'flotilla storage check --help'");
  }

  @Test
  void everyCommandHasHelp() {
    var out = new StringWriter();
    CommandLine line = Main.commandLine().setOut(new PrintWriter(out, true));
    assertThat(line.execute("help", "storage")).isZero();
    assertThat(line.execute("shard", "list", "--help")).isZero();
    assertThat(line.execute("storage", "restore", "--help")).isZero();
    assertThat(out.toString()).contains("check", "dump", "restore", "--bump-revision");
  }

  @Test
  void whoeverTellsNoShardsIsNamed() {
    assertThat(run("shard", "list", "--endpoints", "127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString()).contains("127.0.0.1:1 does not tell its shards");
    assertThat(run("shard")).isEqualTo(2);
  }

  private int run(String... arguments) {
    return Main.commandLine().setErr(new PrintWriter(err, true)).execute(arguments);
  }
}
