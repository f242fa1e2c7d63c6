package io.flotilla.contract;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Runs each scenario of `JetcdScenarios` in the class loader that jetcd needs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JetcdTest extends ContractTest {
  private static final String SCENARIOS = "io.flotilla.contract.jetcd.JetcdScenarios";

  private final JetcdLoader loader = new JetcdLoader();
  private Class<?> type = Object.class;

  @BeforeAll
  void load() throws ClassNotFoundException {
    type = loader.loadClass(SCENARIOS);
  }

  @AfterAll
  void unload() throws IOException {
    loader.close();
  }

  String[] scenarios() {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .map(method -> method.getName())
        .filter(name -> !name.equals("close"))
        .sorted()
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void scenarioPasses(String name) throws Throwable {
    var thread = Thread.currentThread();
    var before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try (var scenarios =
        (AutoCloseable)
            type.getConstructor(String.class, String.class)
                .newInstance(server.endpoint(), prefix)) {
      type.getMethod(name).invoke(scenarios);
    } catch (InvocationTargetException failed) {
      throw failed.getCause();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
