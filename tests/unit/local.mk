# Unit tests with cmocka: a program a module, TESTS += tests/unit/test_MODULE
