"""Oftra: one typed language for data pipelines, compiled to the engines that people already run."""
