"""Measurements of the engine against lm-evaluation-harness and transformers' Trainer.

``python -m benchmarks --data-dir <folder>`` from the checkout's root; see ``--help``.
"""
