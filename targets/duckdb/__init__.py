"""DuckDB as a target (`target.TARGET`: a script) and as the embedded engine (`engine.ENGINE`: rows)."""
