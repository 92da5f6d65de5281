"""Airflow as a target: a DAG a pipeline, and beside it the jobs that it runs, written for the engine of a runner."""
