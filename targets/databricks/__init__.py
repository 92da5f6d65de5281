"""Databricks as a target (`target.TARGET`): notebooks, and the jobs that run them, as a bundle or for Terraform."""
