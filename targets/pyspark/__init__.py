"""PySpark as a target (`target.TARGET`: a module) and Spark as an engine (`engine.ENGINE`: rows)."""
