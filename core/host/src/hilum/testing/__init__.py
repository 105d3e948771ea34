"""Help for the tests of plugins: fakes, fixtures, and what every implementation must do."""
