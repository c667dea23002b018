"""Both CRMs emulated on loopback: stateful, strict, over real sockets. Serves `syncd demo` and the tests."""
