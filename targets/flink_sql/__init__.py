"""Programs as Flink SQL, and a Flink on this machine that runs them."""
